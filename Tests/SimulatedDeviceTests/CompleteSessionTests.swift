import PigweedTransfer
import RecordedSessions
import SimulatedDevice
import Testing

/// Sessions of the reference's Python client with its C++ device, byte for byte.
@Suite struct CompleteSessionTests {
    struct Session: Sendable, CustomStringConvertible {
        var description: String
        /// The frames of the client, and the answers to each.
        var exchange: [(client: String, device: [String])]
    }

    private static let readRequest = "7ea50310011d7bc8d65b25da66785b380159415caa7e"
    private static let writeRequest = "7ea50310011d7bc8d65b25860563d438016b08f3627e"

    static let sessions = [
        Session(
            description: "read",
            exchange: [
                (readRequest, []),
                (
                    "7ea503080210011d7bc8d65b25da66785b2a13080510800818800848800850015805680270013801d5e4daed7e",
                    ["7ea5032a086001580568025006080710011d7bc8d65b25da66785b38019f1db8547e"]
                ),
                (
                    "7ea503080210011d7bc8d65b25da66785b2a0c1880084880085007600168023801230c51697e",
                    [
                        "7ea5032a0b3205030a11181f60015000080710011d7bc8d65b25da66785b3801f9ec66137e",
                        "7ea5032a086001500028053800080710011d7bc8d65b25da66785b3801b346b0487e",
                    ]
                ),
                (
                    "7ea503080210011d7bc8d65b25da66785b2a064000500460013801d1eb527a7e",
                    ["7ea5032a0460015005080710011d7bc8d65b25da66785b3801837168957e"]
                ),
            ]),
        Session(
            description: "write",
            exchange: [
                (writeRequest, []),
                (
                    "7ea503080210011d7bc8d65b25860563d42a0a0807500158076802700138018287d7977e",
                    ["7ea5032a086001580768025006080710011d7bc8d65b25860563d43801d055d3787e"]
                ),
                (
                    "7ea503080210011d7bc8d65b25860563d42a065007600168023801949e72ef7e",
                    [
                        "7ea5032a0d6001500248c20318c20320d00f080710011d7bc8d65b25860563d4380183f328cc7e"
                    ]
                ),
                (
                    "7ea503080210011d7bc8d65b25860563d42a18321068656c6c6f2c20706967776565647d5d7d5e"
                        + "38005000600138015acd4d077e",
                    ["7ea5032a06600150044000080710011d7bc8d65b25860563d43801898ade8f7e"]
                ),
                ("7ea503080210011d7bc8d65b25860563d42a04500560013801140f96427e", []),
            ]),
        Session(
            description: "legacy read",
            exchange: [
                (readRequest, []),
                (
                    "7ea503080210011d7bc8d65b25da66785b2a0f0805108008188008488008500158053801b31292cc7e",
                    [
                        "7ea5032a0b3205030a11181f50000805080710011d7bc8d65b25da66785b380177f96f497e",
                        "7ea5032a085000080528053800080710011d7bc8d65b25da66785b380183e5a7057e",
                    ]
                ),
                ("7ea503080210011d7bc8d65b25da66785b2a0608054000500438013f83a4d27e", []),
            ]),
        Session(
            description: "legacy write",
            exchange: [
                (writeRequest, []),
                (
                    "7ea503080210011d7bc8d65b25860563d42a060807500158073801004b2b9b7e",
                    [
                        "7ea5032a105003488407080710840718c20320d00f080710011d7bc8d65b25860563d43801a8c83be27e"
                    ]
                ),
                (
                    "7ea503080210011d7bc8d65b25860563d42a0d0807320568656c6c6f380050003801f422bbb47e",
                    ["7ea5032a06500408074000080710011d7bc8d65b25860563d43801068e26c87e"]
                ),
            ]),
    ]

    @Test(arguments: sessions)
    func isAnsweredByteForByte(_ session: Session) {
        var configuration = DeviceConfiguration()
        configuration.announcesSize = false
        let written = MemoryResource()
        var device = SimulatedDevice(
            configuration: configuration,
            resources: [
                DeviceResource(id: 5, storage: MemoryResource([0x03, 0x0A, 0x11, 0x18, 0x1F])),
                DeviceResource(id: 7, storage: written),
            ])
        var now = Instant.zero

        for (client, expected) in session.exchange {
            device.receive([UInt8](hex: client).span, at: now)
            for frame in expected {
                while !device.hasOutput, let next = device.nextTimeout {
                    now = next
                    device.handleTimeout(at: now)
                }
                var sent: [UInt8] = []
                device.transmit(into: &sent)
                #expect(sent == [UInt8](hex: frame))
            }
            let hasMore = device.hasOutput
            #expect(!hasMore)
        }
        if session.description.hasSuffix("write") {
            #expect(written.content?.starts(with: Array("hello".utf8)) == true)
        }
    }
}
