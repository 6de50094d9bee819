internal import Glibc
internal import SerialPort
internal import SystemPackage
internal import Testing

@Suite struct TCPTests {
    private func pair() throws -> (client: SocketConnection, server: SocketConnection) {
        let listener = try TCPListener(on: TCPAddress(host: "127.0.0.1", port: 0))
        #expect(try listener.accept() == nil)
        let client = try SocketConnection(to: listener.address)
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

    private func option(_ name: Int32, level: Int32, of descriptor: Int32) -> Int32 {
        var value: Int32 = -1
        var size = socklen_t(MemoryLayout<Int32>.size)
        #expect(getsockopt(descriptor, level, name, &value, &size) == 0)
        return value
    }

    @Test func aPeerThatVanishedIsNoticed() throws {
        let (client, server) = try pair()
        let level = Int32(IPPROTO_TCP)
        for descriptor in [client.fileDescriptor, server.fileDescriptor] {
            #expect(option(TCP_NODELAY, level: level, of: descriptor) == 1)
            #expect(option(SO_KEEPALIVE, level: SOL_SOCKET, of: descriptor) == 1)
            let silence =
                option(TCP_KEEPIDLE, level: level, of: descriptor)
                + option(TCP_KEEPINTVL, level: level, of: descriptor)
                * option(TCP_KEEPCNT, level: level, of: descriptor)
            #expect(silence <= 30)
            #expect(option(TCP_USER_TIMEOUT, level: level, of: descriptor) == silence * 1000)
        }
    }

    @Test func aServerThatTurnsUsAwayIsQuoted() throws {
        let (client, server) = try pair()
        try server.write(all: Array("Port already in use\r\n".utf8))
        server.close()
        #expect(try client.read(count: 21).count == 21)
        try waitFor(POLLIN, on: client.fileDescriptor)
        let error = SerialPortError.turnedAway(address: client.name, words: "Port already in use")
        #expect(throws: error) { try client.readAvailable() }
    }

    @Test func itsWordsAreReadBeforeAWriteFails() throws {
        let (client, server) = try pair()
        // Because the server has not read everything, closing it resets the connection.
        try client.write(all: [1])
        try waitFor(POLLIN, on: server.fileDescriptor)
        try server.write(all: Array("busy".utf8))
        server.close()
        try waitFor(POLLHUP, on: client.fileDescriptor)
        #expect(throws: SerialPortError.turnedAway(address: client.name, words: "busy")) {
            while true { try client.write(all: [1]) }
        }
    }

    @Test func aRefusalNamesTheAddress() throws {
        let listener = try TCPListener(on: TCPAddress(host: "127.0.0.1", port: 0))
        let address = listener.address
        listener.close()
        #expect(
            throws: SerialPortError.connectionFailed(
                address: address.description, reason: "Connection refused")
        ) {
            try SocketConnection(to: address)
        }
    }

    @Test func noAnswerInTimeIsAFailure() throws {
        // This address is reserved for documentation: nobody answers, or there is no route.
        let address = TCPAddress(host: "192.0.2.1", port: 9)
        let error = try #require(
            #expect(throws: SerialPortError.self) {
                try SocketConnection(to: address, timeout: .milliseconds(20))
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
        "", "host", "host:", ":1", "host:65536", "host:-1", "host:+1", "::1:2", "[]:1", "host:1x", "a b:1",
        "a/b:1",
    ])
    func otherTextIsNoAddress(_ text: String) {
        #expect(throws: SerialPortError.invalidAddress(text)) { try TCPAddress(parsing: text) }
    }
}
