// Public signatures of this module name types of this module.
@_exported public import PigweedTransfer
