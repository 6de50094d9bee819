import HDLC
import PigweedRPC
import TestSupport
import Testing

/// A packet with its encodings, made by the reference Python package.
struct PacketVector: CustomTestStringConvertible {
    var name: String
    var packet: Packet
    var payload: [UInt8]
    var bytes: [UInt8]
    var frame: [UInt8]
    var testDescription: String { name }

    init(_ name: String, _ packet: Packet, payload: String = "", _ bytes: String, frame: String) {
        self.name = name
        self.packet = packet
        self.payload = hex(payload)
        self.bytes = hex(bytes)
        self.frame = hex(frame)
    }

    private static let read = Method(service: "pw.transfer.Transfer", method: "Read")
    private static let write = Method(service: "pw.transfer.Transfer", method: "Write")
    private static let status = Method(service: "pw.transfer.Transfer", method: "GetResourceStatus")
    private static let list = Method(service: "pw.file.FileSystem", method: "List")
    private static let delete = Method(service: "pw.file.FileSystem", method: "Delete")

    private static func packet(
        _ kind: Packet.Kind, _ method: Method, _ callID: UInt32, _ status: Status = .ok
    ) -> Packet {
        Packet(kind, channel: 1, method: method, callID: callID, status: status)
    }

    static let all = [
        PacketVector(
            "REQUEST Read call 1", packet(.request, read, 1), "10011d7bc8d65b25da66785b3801",
            frame: "7ea50310011d7bc8d65b25da66785b380159415caa7e"),
        PacketVector(
            "REQUEST Write call 2", packet(.request, write, 2), "10011d7bc8d65b25860563d43802",
            frame: "7ea50310011d7bc8d65b25860563d43802d159fafb7e"),
        PacketVector(
            "REQUEST Read call 0", packet(.request, read, 0), "10011d7bc8d65b25da66785b",
            frame: "7ea50310011d7bc8d65b25da66785b622e21db7e"),
        PacketVector(
            "CLIENT_STREAM Read START", packet(.clientStream, read, 1),
            payload: "080310c20318c20320d00f48c2035001580368027001",
            "080210011d7bc8d65b25da66785b2a16080310c20318c20320d00f48c20350015803680270013801",
            frame:
                "7ea503080210011d7bc8d65b25da66785b2a16080310c20318c20320d00f48c20350015803680270013801d4aae0407e"
        ),
        PacketVector(
            "SERVER_STREAM Read START_ACK", packet(.serverStream, read, 1), payload: "5006580360016802",
            "080710011d7bc8d65b25da66785b2a0850065803600168023801",
            frame: "7ea503080710011d7bc8d65b25da66785b2a08500658036001680238013fb647097e"),
        PacketVector(
            "CLIENT_ERROR CANCELLED Read", packet(.clientError, read, 1, .cancelled),
            "080410011d7bc8d65b25da66785b30013801",
            frame: "7ea503080410011d7bc8d65b25da66785b300138017a745c3f7e"),
        PacketVector(
            "CLIENT_REQUEST_COMPLETION Read", packet(.clientRequestCompletion, read, 1),
            "080810011d7bc8d65b25da66785b3801",
            frame: "7ea503080810011d7bc8d65b25da66785b3801bdd3cdf97e"),
        PacketVector(
            "SERVER_ERROR FAILED_PRECONDITION Read", packet(.serverError, read, 1, .failedPrecondition),
            "080510011d7bc8d65b25da66785b30093801",
            frame: "7ea503080510011d7bc8d65b25da66785b3009380181eee9b67e"),
        PacketVector(
            "SERVER_ERROR NOT_FOUND Read", packet(.serverError, read, 1, .notFound),
            "080510011d7bc8d65b25da66785b30053801",
            frame: "7ea503080510011d7bc8d65b25da66785b30053801e517f3bf7e"),
        PacketVector(
            "RESPONSE OK Read", packet(.response, read, 1), "080110011d7bc8d65b25da66785b3801",
            frame: "7ea503080110011d7bc8d65b25da66785b3801d2c4bf8f7e"),
        PacketVector(
            "REQUEST GetResourceStatus", packet(.request, status, 3), payload: "080a",
            "10011d7bc8d65b25bbc013c92a02080a3803",
            frame: "7ea50310011d7bc8d65b25bbc013c92a02080a380385f652d57e"),
        PacketVector(
            "RESPONSE GetResourceStatus", packet(.response, status, 3),
            payload: "080a100020e80730eeff0318002800",
            "080110011d7bc8d65b25bbc013c92a0f080a100020e80730eeff03180028003803",
            frame: "7ea503080110011d7bc8d65b25bbc013c92a0f080a100020e80730eeff031800280038030b80a1687e"),
        PacketVector(
            "REQUEST List root", packet(.request, list, 4), "10011da8eca9e725e240abe13804",
            frame: "7ea50310011da8eca9e725e240abe13804ff65fefe7e"),
        PacketVector(
            "SERVER_STREAM List one path", packet(.serverStream, list, 4),
            payload: "0a0f0a062f612e62696e100318e8072003",
            "080710011da8eca9e725e240abe12a110a0f0a062f612e62696e100318e80720033804",
            frame: "7ea503080710011da8eca9e725e240abe12a110a0f0a062f612e62696e100318e8072003380427f93eb47e"),
        PacketVector(
            "RESPONSE List OK", packet(.response, list, 4), "080110011da8eca9e725e240abe13804",
            frame: "7ea503080110011da8eca9e725e240abe1380474e01ddb7e"),
        PacketVector(
            "REQUEST Delete", packet(.request, delete, 5), payload: "0a062f612e62696e",
            "10011da8eca9e72511e42d2a2a080a062f612e62696e3805",
            frame: "7ea50310011da8eca9e72511e42d2a2a080a062f612e62696e380597bb3b937e"),
        PacketVector(
            "RESPONSE Delete OK", packet(.response, delete, 5), "080110011da8eca9e72511e42d2a3805",
            frame: "7ea503080110011da8eca9e72511e42d2a3805451273ef7e"),
    ]
}

@Suite struct PacketTests {
    @Test(arguments: PacketVector.all) func encodes(_ vector: PacketVector) {
        let bytes = vector.packet.encoded(payload: vector.payload)
        #expect(bytes == vector.bytes)
        #expect(frame(bytes) == vector.frame)
    }

    @Test(arguments: PacketVector.all) func decodes(_ vector: PacketVector) throws {
        let (packet, payload) = try #require(decode(vector.bytes))
        #expect(packet == vector.packet)
        #expect(Array(vector.bytes[payload]) == vector.payload)
    }

    /// The C++ encoder has another order: the payload comes first, and a kind of zero is written.
    @Test(
        arguments: [
            ("080010011d7bc8d65b25da66785b3801", Packet.Kind.request, ""),
            ("2a06600150044000080210011d7bc8d65b25da66785b3801", .clientStream, "600150044000"),
            ("080510011d7bc8d65b25da66785b30093801", .serverError, ""),
            ("080410011d7bc8d65b25da66785b30013801", .clientError, ""),
        ])
    func decodesFieldsInAnyOrder(_ bytes: String, _ kind: Packet.Kind, _ payload: String) throws {
        let (packet, range) = try #require(decode(hex(bytes)))
        #expect(packet.kind == kind)
        #expect(packet.callID == 1)
        #expect(Array(hex(bytes)[range]) == hex(payload))
    }

    @Test func lastValueCountsAndUnknownFieldsAreIgnored() throws {
        let (packet, _) = try #require(
            decode(hex("1005 7a03616263 10011d7bc8d65b25da66785b3801 3809 9806 01")))
        #expect(packet.channel == 1)
        #expect(packet.callID == 9)
    }

    @Test(
        arguments: [
            "", "08", "10011d7bc8d65b", "1d7bc8d65b25da66785b", "10001d7bc8d65b25da66785b",
            "10011d0000000025da66785b", "10011d7bc8d65b2500000000", "080310011d7bc8d65b25da66785b",
            "10ffffffff1f1d7bc8d65b25da66785b",
        ])
    func whatIsNoPacketIsIgnored(_ bytes: String) {
        #expect(decode(hex(bytes)) == nil)
    }

    @Test(
        arguments: [
            ("pw.transfer.Transfer", UInt32(0x5BD6_C87B)), ("Read", 0x5B78_66DA), ("Write", 0xD463_0586),
            ("GetResourceStatus", 0xC913_C0BB), ("pw.file.FileSystem", 0xE7A9_ECA8), ("List", 0xE1AB_40E2),
            ("Delete", 0x2A2D_E411),
        ])
    func namesHashToTheirIds(_ name: String, _ id: UInt32) {
        #expect(Method.hash(name) == id)
    }

    @Test func statusNames() {
        #expect(Status.notFound.description == "NOT_FOUND")
        #expect(Status.unauthenticated.description == "UNAUTHENTICATED")
        #expect(Status(rawValue: 17).description == "STATUS_17")
        #expect(Status(rawValue: .max).description == "STATUS_4294967295")
    }
}

/// `Packet.decode` for arrays: a span cannot appear in an expectation.
private func decode(_ bytes: [UInt8]) -> (packet: Packet, payload: Range<Int>)? {
    Packet.decode(bytes.span)
}
