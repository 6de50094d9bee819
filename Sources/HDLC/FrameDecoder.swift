/// Finds frames in a stream of bytes and hands out what stands between them.
///
/// Every flag is both the end of one frame and the start of the next, so after any damage the decoder is back in
/// step at the next flag. Bytes are collected as they came; escapes are removed at the closing flag. Bytes that are no
/// valid frame are handed out unchanged, since on a shared line they are the device's console text.
///
///     while let output = decoder.next(in: bytes, at: &position) { ... }
///
/// The spans ``payload`` and ``unframed`` are those of the last output, valid until the next call.
public struct FrameDecoder: ~Copyable {
    /// What the decoder found.
    public enum Output: Hashable, Sendable {
        /// A frame with a correct check sequence; its content is ``FrameDecoder/payload``.
        case frame(address: FrameAddress, control: UInt8)

        /// Bytes outside any valid frame, in ``FrameDecoder/unframed``.
        case unframed(Defect)
    }

    /// Why bytes were not a frame.
    public enum Defect: Hashable, Sendable {
        /// The bytes do not begin like a frame: they are text that the device printed, or noise.
        case text
        /// There are fewer bytes than address, control and check sequence take.
        case tooShort
        /// The check sequence is wrong; or it is right, but the address has no last byte or exceeds 64 bits.
        case checkSequence
        /// An escape byte is followed by a flag or by another escape byte.
        case escape
        /// The frame is longer than the limit. It is handed out in pieces, of which only the first has this defect.
        case tooLong
    }

    /// The most unescaped bytes of a frame from address to check sequence.
    package let maximumContentSize: Int

    /// The largest `maximumContentSize`, far above every frame in use: a size from outside cannot exhaust the memory.
    private static let largestContentLimit = 1 << 24

    /// The bytes since the last flag as received, at most twice `maximumContentSize`.
    private var raw: [UInt8] = []
    /// The unescaped bytes of the last frame.
    private var content: [UInt8] = []
    private var payloadRange = 0..<0
    /// Whether `raw` follows an opening flag.
    private var isInFrame = false
    /// Whether `raw` belongs to the last output and is to be forgotten.
    private var isHandedOut = false

    /// A decoder between frames.
    ///
    /// - Parameter maximumContentSize: the most unescaped bytes of a frame from address to check sequence, brought into
    ///   the range from the smallest frame to 16 MiB. The buffers take three times this size.
    public init(maximumContentSize: Int) {
        self.maximumContentSize = min(
            max(maximumContentSize, FrameFormat.minimumContentSize), Self.largestContentLimit)
        raw.reserveCapacity(rawLimit)
        content.reserveCapacity(self.maximumContentSize)
    }

    /// The payload of the frame that the last call of ``next(in:at:)`` returned; empty if it returned no frame.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self)
        get { content.span.extracting(payloadRange) }
    }

    /// The bytes of the last ``Output/unframed(_:)``, as they came. After a frame: the bytes between its flags. After
    /// `nil`: the bytes that wait for a flag.
    public var unframed: Span<UInt8> {
        @_lifetime(borrow self)
        get { raw.span }
    }

    /// Appends ``payload`` to `bytes`. Unlike the span, this can be asked of a decoder that an actor or a class holds.
    public func appendPayload(to bytes: inout [UInt8]) {
        bytes.append(copying: payload)
    }

    /// Appends ``unframed`` to `bytes`. Unlike the span, this can be asked of a decoder that an actor or a class holds.
    public func appendUnframed(to bytes: inout [UInt8]) {
        bytes.append(copying: unframed)
    }

    /// After a frame or a ``Defect/checkSequence``: the check sequence computed from the content, and the received one.
    /// Meaningless after any other output.
    package var checkSequences: (expected: UInt32, received: UInt32)? {
        guard content.count >= FrameFormat.minimumContentSize else { return nil }
        var crc = CRC32()
        crc.update(content.span.extracting(droppingLast: FrameFormat.checkSequenceSize))
        return (crc.value, Self.littleEndian(content.span.extracting(last: FrameFormat.checkSequenceSize)))
    }

    private var rawLimit: Int { 2 * maximumContentSize }

    /// Takes bytes from `input` until something is complete.
    ///
    /// - Parameters:
    ///   - input: received bytes.
    ///   - position: where to begin; moved behind what was taken, to `input.count` when the result is `nil`.
    /// - Returns: the next frame, or the next bytes that are no frame; `nil` when all input is taken.
    public mutating func next(in input: Span<UInt8>, at position: inout Int) -> Output? {
        forgetHandedOut()
        payloadRange = 0..<0
        while position < input.count {
            let flag = input.firstFlag(from: position)
            let room = rawLimit - raw.count
            if flag - position > room {
                raw.append(copying: input.extracting(position..<position + room))
                position += room
                return handOutOverlong()
            }
            raw.append(copying: input.extracting(position..<flag))
            position = flag
            guard flag < input.count else { return nil }
            position += 1

            let wasInFrame = isInFrame
            isInFrame = true
            guard !raw.isEmpty else { continue }
            return wasInFrame ? decode() : handOut(.text)
        }
        return nil
    }

    /// Hands out text that no flag has ended yet; for a line that has fallen silent.
    ///
    /// Bytes that may be the beginning of a frame stay.
    /// - Returns: whether ``unframed`` has new bytes.
    public mutating func flushText() -> Bool {
        forgetHandedOut()
        guard !raw.isEmpty, !isInFrame || !Self.beginsLikeFrame(raw.span, ifCutShort: true) else {
            return false
        }
        isInFrame = false
        _ = handOut(.text)
        return true
    }

    private mutating func forgetHandedOut() {
        if isHandedOut {
            raw.removeAll(keepingCapacity: true)
            isHandedOut = false
        }
    }

    private mutating func handOut(_ defect: Defect) -> Output {
        isHandedOut = true
        return .unframed(defect)
    }

    private mutating func handOutOverlong() -> Output {
        let defect: Defect = isInFrame && Self.beginsLikeFrame(raw.span, ifCutShort: false) ? .tooLong : .text
        isInFrame = false
        return handOut(defect)
    }

    private mutating func decode() -> Output {
        content.removeAll(keepingCapacity: true)
        if let defect = Self.unescape(raw, into: &content, limit: maximumContentSize) {
            return handOut(describe(defect))
        }
        guard let header = Self.header(of: content.span) else { return handOut(describe(.checkSequence)) }
        payloadRange = header.size..<content.count - FrameFormat.checkSequenceSize
        isHandedOut = true
        return .frame(address: header.address, control: header.control)
    }

    /// The header of a frame with a correct check sequence, and its size; `nil` for any other bytes.
    private static func header(
        of content: Span<UInt8>
    ) -> (address: FrameAddress, control: UInt8, size: Int)? {
        let check = content.extracting(last: FrameFormat.checkSequenceSize)
        let body = content.extracting(droppingLast: FrameFormat.checkSequenceSize)
        var crc = CRC32()
        crc.update(body)
        guard crc.value == littleEndian(check), let (address, size) = address(in: body), size < body.count
        else { return nil }
        return (address, body[size], size + 1)
    }

    /// The defect of the bytes between two flags; `.text` if they do not begin like a frame.
    private func describe(_ defect: Defect) -> Defect {
        Self.beginsLikeFrame(raw.span, ifCutShort: false) ? defect : .text
    }

    /// Appends the bytes of `raw` without their escapes to `content`; returns what is wrong, if anything is.
    private static func unescape(_ raw: [UInt8], into content: inout [UInt8], limit: Int) -> Defect? {
        let source = raw.span
        var start = 0
        while start < source.count {
            let escape = source.firstEscape(from: start)
            guard content.count + (escape - start) <= limit else { return .tooLong }
            content.append(copying: source.extracting(start..<escape))
            guard escape < source.count else { break }
            guard escape + 1 < source.count, source[escape + 1] != FrameFormat.escape else { return .escape }
            guard content.count < limit else { return .tooLong }
            content.append(source[escape + 1] ^ FrameFormat.escapeMask)
            start = escape + 2
        }
        return content.count < FrameFormat.minimumContentSize ? .tooShort : nil
    }

    private static func littleEndian(_ bytes: Span<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        for index in bytes.indices.reversed() {
            value = value << 8 | UInt32(bytes[index])
        }
        return value
    }

    /// The address at the beginning of `bytes` and its size; `nil` if it does not end or exceeds 64 bits.
    private static func address(in bytes: Span<UInt8>) -> (FrameAddress, size: Int)? {
        var value: UInt64 = 0
        for index in 0..<min(bytes.count, FrameFormat.maximumAddressSize) {
            let group = UInt64(bytes[index] >> 1)
            let shift = UInt64(7 * index)
            let shifted = group << shift
            guard shifted >> shift == group else { return nil }
            value |= shifted
            if bytes[index] & 1 == 1 { return (FrameAddress(rawValue: value), index + 1) }
        }
        return nil
    }

    /// Whether bytes behind a flag begin with an address and the control byte.
    ///
    /// - Parameter ifCutShort: the answer if there are too few bytes to know.
    private static func beginsLikeFrame(_ bytes: Span<UInt8>, ifCutShort: Bool) -> Bool {
        var index = 0
        var addressSize = 0
        while index < bytes.count {
            var byte = bytes[index]
            if byte == FrameFormat.escape {
                index += 1
                guard index < bytes.count else { return ifCutShort }
                byte = bytes[index] ^ FrameFormat.escapeMask
            }
            addressSize += 1
            index += 1
            if byte & 1 == 1 { break }
            if addressSize == FrameFormat.maximumAddressSize { return false }
        }
        return index < bytes.count ? bytes[index] == FrameFormat.unnumberedInformation : ifCutShort
    }
}
