import HDLC
import TestSupport
import Testing

@Suite struct FrameDecoderTests {
    let hello = encode(82, Array("hello".utf8))
    let helloFound = Found.frame(82, Array("hello".utf8))

    @Test func sharedFlag() {
        expectEveryWay(hello + hello.dropFirst(), [helloFound, helloFound])
    }

    @Test func repeatedFlags() {
        expectEveryWay([0x7E, 0x7E, 0x7E, 0x7E] + hello + [0x7E, 0x7E], [helloFound])
    }

    @Test(arguments: ["boot\r\n", "a {json} line\n", "}}", "\u{1B}[35mINF\u{1B}[0m ok"])
    func textBetweenFramesIsHandedOut(_ text: String) {
        let bytes = Array(text.utf8)
        expectEveryWay(bytes + hello, [.unframed(.text, bytes), helloFound])
        expectEveryWay(hello + bytes + hello, [helloFound, .unframed(.text, bytes), helloFound])
    }

    @Test func textWithAFlagInIt() {
        expectEveryWay(
            Array("a~b".utf8) + hello,
            [.unframed(.text, Array("a".utf8)), .unframed(.text, Array("b".utf8)), helloFound])
    }

    @Test func textIsFlushedOnlyIfItCannotBeAFrame() {
        #expect(
            decode([hello + Array("prompt".utf8)]) == [helloFound, .unframed(.text, Array("prompt".utf8))])
        #expect(decode([hello.dropLast(3) + []]) == [])
        #expect(decode([[0x7E, 0xA5]]) == [])
    }

    @Test func damagedCheckSequence() {
        for index in 1..<hello.count - 1 {
            var damaged = hello
            damaged[index] ^= 0x01
            let found = decode([damaged + hello])
            #expect(found.last == helloFound)
            #expect(found.count == 2, "byte \(index)")
        }
    }

    @Test func truncatedFrame() {
        let truncated = Array(hello.prefix(6))
        expectEveryWay(truncated + hello, [.unframed(.tooShort, Array(truncated.dropFirst())), helloFound])
    }

    @Test func escapeBeforeFlag() {
        let content: [UInt8] = [0xA5, 0x03, 1, 2, 3, 4, 0x7D]
        expectEveryWay([0x7E] + content + hello, [.unframed(.escape, content), helloFound])
    }

    @Test func escapeBeforeEscape() {
        let content: [UInt8] = [0xA5, 0x03, 1, 0x7D, 0x7D, 2, 3, 4]
        expectEveryWay([0x7E] + content + hello, [.unframed(.escape, content), helloFound])
    }

    /// After something that is no frame, there is no payload: neither a part of an earlier one nor a trap.
    @Test(arguments: [[0xA5, 0x03, 1], [0xA5, 0x03, 1, 2, 3, 4, 5], [0x41, 0x42]] as [[UInt8]])
    func onlyAFrameHasAPayload(other: [UInt8]) {
        var decoder = FrameDecoder(maximumContentSize: 4096)
        let stream = encode(82, [UInt8](repeating: 1, count: 100)) + other + [0x7E]
        var position = 0
        var sizes: [Int] = []
        while decoder.next(in: stream.span, at: &position) != nil { sizes.append(decoder.payload.count) }
        sizes.append(decoder.payload.count)
        #expect(sizes == [100, 0, 0])
    }

    @Test func bytesBeforeTheFirstFlagAreNeverAFrame() {
        let content = Array(hello.dropFirst().dropLast())
        expectEveryWay(content + hello, [.unframed(.text, content), helloFound])
    }

    @Test func anyControlByteIsAccepted() {
        var crc = CRC32()
        let body: [UInt8] = [0xA5, 0x00, 0x41]
        crc.update(body.span)
        let check = (0..<4).map { UInt8(truncatingIfNeeded: crc.value >> (8 * $0)) }
        expectEveryWay([0x7E] + body + check + [0x7E], [.frame(82, [0x41])])
    }

    @Test func addressOfMoreThanTenBytes() {
        var crc = CRC32()
        let body = [UInt8](repeating: 0xFE, count: 10) + [0x03, 0x03, 0x41]
        crc.update(body.span)
        let check = (0..<4).map { UInt8(truncatingIfNeeded: crc.value >> (8 * $0)) }
        expectEveryWay([0x7E] + body + check + hello, [.unframed(.text, body + check), helloFound])
    }

    @Test func longestAcceptedFrameAndOneByteMore() {
        let payload = [UInt8](repeating: 0x7E, count: 94)
        let fits = encode(82, payload)
        expectEveryWay(fits, [.frame(82, payload)], limit: 100)
        let tooLong = encode(82, payload + [0x41])
        let raw = Array(tooLong.dropFirst().dropLast())
        expectEveryWay(tooLong, [.unframed(.tooLong, raw)], limit: 100)
    }

    @Test func endlessTextIsHandedOutInPieces() {
        let text = [UInt8](repeating: 0x41, count: 1000)
        let found = decode([text + hello], limit: 100)
        #expect(found.last == helloFound)
        let pieces = found.dropLast().flatMap { found -> [UInt8] in
            guard case .unframed(.text, let bytes) = found else { return [] }
            #expect(bytes.count <= 200)
            return bytes
        }
        #expect(pieces == text)
    }

    @Test func endlessFrameIsOneDefect() {
        let frame = [0x7E, 0xA5, 0x03] + [UInt8](repeating: 0x41, count: 1000)
        let defects = decode([frame + hello], limit: 100).compactMap { found -> FrameDecoder.Defect? in
            guard case .unframed(let defect, _) = found else { return nil }
            return defect
        }
        #expect(defects.first == .tooLong)
        #expect(defects.dropFirst().allSatisfy { $0 == .text })
    }

    @Test(arguments: 0..<32) func everyByteComesOutOnceInEverySplit(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var stream: [UInt8] = []
        var payloads: [[UInt8]] = []
        for _ in 0..<20 {
            let payload = random.bytes(Int.random(in: 0..<300, using: &random))
            payloads.append(payload)
            stream += encode(82, payload)
        }
        var pieces: [[UInt8]] = []
        while !stream.isEmpty {
            let count = min(Int.random(in: 1...64, using: &random), stream.count)
            pieces.append(Array(stream.prefix(count)))
            stream.removeFirst(count)
        }
        #expect(decode(pieces) == payloads.map { .frame(82, $0) })
    }

    @Test(arguments: 0..<64) func randomBytesNeverBreakIt(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let alphabet: [UInt8] = [0x7E, 0x7D, 0xA5, 0x03, 0x5E, 0x5D, 0x00, 0xFF]
        let stream = (0..<2000).map { _ in
            Bool.random(using: &random)
                ? alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                : UInt8.random(in: 0...255, using: &random)
        }
        let whole = decode([stream], limit: 64)
        #expect(decode(stream.map { [$0] }, limit: 64) == whole)
    }
}
