// What the signatures of this module name comes with it.
@_exported public import MonotonicTime
@_exported public import PigweedRPC
