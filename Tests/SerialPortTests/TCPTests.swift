internal import Glibc
internal import SerialPort
internal import SystemPackage
internal import Testing

@Suite struct TCPTests {
    private func pair() throws -> (client: TCPConnection, server: TCPConnection) {
        let listener = try TCPListener(on: TCPAddress(host: "127.0.0.1", port: 0))
        #expect(try listener.accept() == nil)
        let client = try TCPConnection(to: listener.address)
        try waitFor(POLLIN, on: listener.fileDescriptor)
        let server = try #require(try listener.accept())
        return (client, server)
    }

    @Test func bytesPassBothWays() throws {
        let (client, server) = try pair()
        let bytes = [UInt8](0...255)
        #expect(try client.readAvailable() == [])
        try client.write(all: bytes)
        #expect(try server.read(count: 256) == bytes)
        try server.write(all: bytes)
        #expect(try client.read(count: 256) == bytes)
        #expect(client.name.hasPrefix("tcp:127.0.0.1:"))
    }

    @Test func closingIsADisconnectionAfterTheLastByte() throws {
        let (client, server) = try pair()
        try server.write(all: [1, 2])
        server.close()
        #expect(try client.read(count: 2) == [1, 2])
        try waitFor(POLLIN, on: client.fileDescriptor)
        #expect(throws: SerialPortError.disconnected(path: client.name)) { try client.readAvailable() }
    }

    @Test func aRefusalNamesTheAddress() throws {
        let listener = try TCPListener(on: TCPAddress(host: "127.0.0.1", port: 0))
        let address = listener.address
        listener.close()
        #expect(
            throws: SerialPortError.connectionFailed(
                address: address.description, reason: "Connection refused")
        ) {
            try TCPConnection(to: address)
        }
    }

    @Test func noAnswerInTimeIsAFailure() throws {
        // Reserved for documentation: nobody answers, or there is no route.
        let address = TCPAddress(host: "192.0.2.1", port: 9)
        let error = try #require(
            #expect(throws: SerialPortError.self) {
                try TCPConnection(to: address, timeout: .milliseconds(20))
            })
        guard case .connectionFailed("192.0.2.1:9", _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func anAddressInUseIsAnError() throws {
        let listener = try TCPListener(on: TCPAddress(host: "127.0.0.1", port: 0))
        let error = SerialPortError.system(
            operation: "listen on", path: listener.address.description, code: .addressInUse)
        #expect(throws: error) { try TCPListener(on: listener.address) }
    }

    @Test func addressesAreParsed() throws {
        #expect(try TCPAddress(parsing: "localhost:33000") == TCPAddress(host: "localhost", port: 33000))
        #expect(try TCPAddress(parsing: "[::1]:1") == TCPAddress(host: "::1", port: 1))
        #expect(try TCPAddress(parsing: "[::1]:1").description == "[::1]:1")
    }

    @Test(arguments: [
        "", "host", "host:", ":1", "host:65536", "host:-1", "host:+1", "::1:2", "[]:1", "host:1x",
    ])
    func otherTextIsNoAddress(_ text: String) {
        #expect(throws: SerialPortError.invalidAddress(text)) { try TCPAddress(parsing: text) }
    }
}
