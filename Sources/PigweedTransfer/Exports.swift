// Public signatures of this module name types of these modules.
@_exported public import MonotonicTime
@_exported public import PigweedRPC
