/// Decodes the arguments of a message one after the other.
struct ArgumentDecoder {
    private(set) var remaining: ArraySlice<UInt8>

    init(_ encoded: ArraySlice<UInt8>) {
        remaining = encoded
    }

    /// The argument of a specifier, with its width and precision if these are arguments, too.
    mutating func next(_ specifier: FormatSpecifier) -> DecodedArgument {
        var argument = DecodedArgument(specifier)
        guard specifier.isSupported else {
            argument.status = .damaged
            return argument
        }
        if specifier.width == .argument { argument.width = size(&argument.status) }
        if specifier.precision == .argument { argument.precision = size(&argument.status).map { max($0, 0) } }
        guard argument.status.isEmpty else { return argument }
        switch specifier.kind {
        case .percent: argument.value = .text("%")
        case .signed: argument.value = integer(&argument.status).map { .integer($0) }
        case .unsigned:
            let mask = (Int128(1) << Int128(specifier.bits)) - 1
            argument.value = integer(&argument.status).map { .integer($0 & mask) }
        case .character: argument.value = integer(&argument.status).map { character($0, &argument.status) }
        case .real: argument.value = real(&argument.status)
        case .string: argument.value = string(&argument.status)
        case .none: break
        }
        return argument
    }

    private mutating func size(_ status: inout DecodedArgument.Status) -> Int? {
        guard status.isEmpty, let value = integer(&status) else { return nil }
        return Int(clamping: value)
    }

    /// Decodes a zigzag varint of up to ten bytes.
    private mutating func integer(_ status: inout DecodedArgument.Status) -> Int128? {
        guard !remaining.isEmpty else {
            status.insert(.missing)
            return nil
        }
        var value: UInt128 = 0
        for shift in 0..<UInt128(10) {
            guard let byte = remaining.popFirst() else { break }
            value |= UInt128(byte & 0x7F) << (7 * shift)
            if byte < 0x80 {
                let half = Int128(truncatingIfNeeded: value >> 1)
                return value & 1 == 0 ? half : ~half
            }
        }
        status.insert(.damaged)
        return nil
    }

    private func character(_ number: Int128, _ status: inout DecodedArgument.Status) -> DecodedArgument.Value
    {
        guard let code = UInt32(exactly: number), let scalar = Unicode.Scalar(code) else {
            status.insert(.damaged)
            return .integer(number)
        }
        return .text(String(scalar))
    }

    private mutating func real(_ status: inout DecodedArgument.Status) -> DecodedArgument.Value? {
        guard remaining.count >= 4 else {
            status.insert(.missing)
            return nil
        }
        let bits = remaining.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        remaining = remaining.dropFirst(4)
        return .real(Double(Float(bitPattern: bits)))
    }

    private mutating func string(_ status: inout DecodedArgument.Status) -> DecodedArgument.Value? {
        guard let head = remaining.popFirst() else {
            status.insert(.missing)
            return nil
        }
        if head & 0x80 != 0 { status.insert(.truncated) }
        let bytes = remaining.prefix(Int(head & 0x7F))
        remaining = remaining.dropFirst(bytes.count)
        if bytes.count < Int(head & 0x7F) { status.insert(.damaged) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            status.insert(.damaged)
            return .text(Quoted.text(bytes: Array(bytes)))
        }
        return .text(text)
    }
}
