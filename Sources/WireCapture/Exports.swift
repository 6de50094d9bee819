// Public signatures of this module name types of the module below.
@_exported public import PigweedTransfer
