// What the signatures of this module name comes with it.
@_exported public import SerialPort
@_exported public import SimulatedDevice
