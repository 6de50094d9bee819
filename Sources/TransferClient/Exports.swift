// What the signatures of this module name comes with it.
@_exported public import Machine
@_exported public import PigweedFileSystem
@_exported public import PigweedTransfer
@_exported public import SerialPort
