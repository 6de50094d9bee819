// Public signatures of this module name types of these modules.
@_exported public import Machine
@_exported public import PigweedFileSystem
@_exported public import PigweedTransfer
@_exported public import SerialPort
