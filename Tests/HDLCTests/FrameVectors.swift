import HDLC
import TestSupport
import Testing

/// Frames made by the reference Python package, `pw_hdlc` 0.0.24.
struct FrameVector: CustomTestStringConvertible {
    var address: UInt64
    var payload: [UInt8]
    var frame: [UInt8]
    var testDescription: String { "address \(address), \(payload.count) bytes" }

    init(_ address: UInt64, _ payload: [UInt8], _ frame: String) {
        self.address = address
        self.payload = payload
        self.frame = hex(frame)
    }

    static let all = [
        FrameVector(0, [], "7e01030472cbc17e"),
        FrameVector(1, Array("log".utf8), "7e03036c6f67f49349e37e"),
        FrameVector(82, [], "7ea503e90ba00b7e"),
        FrameVector(82, Array("hello".utf8), "7ea50368656c6c6f820059fe7e"),
        FrameVector(82, [0x7E, 0x7D], "7ea5037d5e7d5d8bd1bfc67e"),
        FrameVector(62, Array("A".utf8), "7e7d5d0341d4009e897e"),
        FrameVector(123, Array("aa".utf8), "7ef70361617344e07d5e7e"),
        FrameVector(127, Array("x".utf8), "7eff037832472a347e"),
        FrameVector(128, Array("x".utf8), "7e0003037888cbf1567e"),
        FrameVector(8255, Array("x".utf8), "7e7d5e810378c9d3a03f7e"),
        FrameVector(16383, Array("abc".utf8), "7efeff036162637829ee8c7e"),
        FrameVector(.max, [], "7efefefefefefefefefe03033ab5788d7e"),
    ]
}

@Suite struct FrameVectorTests {
    @Test(arguments: FrameVector.all) func encodes(_ vector: FrameVector) {
        #expect(encode(vector.address, vector.payload) == vector.frame)
    }

    @Test(arguments: FrameVector.all) func decodes(_ vector: FrameVector) {
        expectEveryWay(vector.frame, [.frame(vector.address, vector.payload)])
    }

    @Test func encodedSizeIsBounded() {
        #expect(FrameFormat.maximumEncodedSize(payload: 512) == 2 * 512 + 32)
        #expect(FrameFormat.maximumEncodedSize(payload: .max) == .max)
        let worst = encode(.max, [UInt8](repeating: FrameFormat.flag, count: 512))
        #expect(worst.count <= FrameFormat.maximumEncodedSize(payload: 512))
    }
}
