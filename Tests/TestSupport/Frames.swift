public import HDLC
package import PigweedRPC

/// A whole frame.
public func frame(_ payload: [UInt8], address: FrameAddress = .rpc) -> [UInt8] {
    var frame: [UInt8] = []
    FrameEncoder.encode(address: address, payload: payload.span, into: &frame)
    return frame
}

/// A whole frame with a packet.
package func frame(_ packet: Packet, payload: [UInt8] = [], address: FrameAddress = .rpc) -> [UInt8] {
    frame(packet.encoded(payload: payload), address: address)
}

/// A frame of the device's log.
public func logFrame(_ text: String) -> [UInt8] { frame(Array(text.utf8), address: .log) }
