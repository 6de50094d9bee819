import PigweedTransfer
import ProtobufWire
import TestSupport
import Testing

@Suite struct ChunkTests {
    @Test(arguments: ChunkVector.all) func encodes(_ vector: ChunkVector) {
        var writer = FieldWriter()
        vector.chunk.encode(data: vector.data.span, into: &writer)
        #expect(writer.bytes == vector.canonical)
    }

    @Test(arguments: ChunkVector.all) func decodesCanonicalOrder(_ vector: ChunkVector) throws {
        let (chunk, data) = try #require(decode(vector.canonical))
        #expect(chunk == vector.chunk)
        #expect(Array(vector.canonical[data]) == vector.data)
    }

    @Test(arguments: ChunkVector.all) func decodesCppOrder(_ vector: ChunkVector) throws {
        var (chunk, data) = try #require(decode(vector.cpp))
        if chunk.protocolVersion == .legacy { chunk.protocolVersion = nil }
        #expect(chunk == vector.chunk)
        #expect(Array(vector.cpp[data]) == vector.data)
    }

    @Test(
        arguments: [
            ("0807", Chunk.Kind.start), ("080310ac02189003", .start), ("08034000", .completion),
            ("0803320161", .data), ("0803280a", .parametersRetransmit), ("", .start),
        ])
    func kindsAreInferredForOldPeers(_ bytes: String, _ kind: Chunk.Kind) throws {
        let (chunk, data) = try #require(decode(hex(bytes)))
        #expect(chunk.kind == nil)
        #expect(chunk.version == .legacy)
        #expect(chunk.effectiveKind(dataCount: data.count) == kind)
    }

    @Test func pendingBytesOverrideTheWindowEnd() {
        var chunk = Chunk(.parametersRetransmit)
        chunk.offset = 500
        chunk.windowEndOffset = 900
        #expect(chunk.effectiveWindowEnd == 900)
        chunk.pendingBytes = 0
        #expect(chunk.effectiveWindowEnd == 900)
        chunk.pendingBytes = 450
        #expect(chunk.effectiveWindowEnd == 950)
        chunk.offset = .max
        #expect(chunk.effectiveWindowEnd == .max)
    }

    @Test(
        arguments: [
            "60017001", "680050006001", "680350006001", "50086001", "08ffffffff1f", "48ffffffff1f", "32",
            "3205",
            "0a00", "3001",
        ])
    func whatAReceiverDropsIsNoChunk(_ bytes: String) {
        #expect(decode(hex(bytes)) == nil)
    }

    @Test func unknownFieldsAreIgnored() throws {
        let (chunk, _) = try #require(decode(hex("50056001 800107 920103616263")))
        #expect(chunk.kind == .completionAck)
        #expect(chunk.sessionID == 1)
    }

    @Test func statedVersionCountsBeforeInference() throws {
        #expect(try #require(decode(hex("680160015000"))).chunk.version == .legacy)
        #expect(try #require(decode(hex("60015000"))).chunk.version == .version2)
        #expect(try #require(decode(hex("70015001"))).chunk.version == .version2)
        #expect(try #require(decode(hex("08035000"))).chunk.version == .legacy)
    }
}

/// `Chunk.decode` for arrays: a span cannot appear in an expectation.
private func decode(_ bytes: [UInt8]) -> (chunk: Chunk, data: Range<Int>)? {
    Chunk.decode(bytes.span)
}
