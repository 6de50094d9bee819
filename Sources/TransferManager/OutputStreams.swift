internal import Synchronization

/// Hands the output of a device to all listeners.
final class OutputStreams: Sendable {
    /// The most pieces that wait for a listener; older pieces are dropped.
    private static let limit = 1024

    private struct State {
        var listeners: [Int: AsyncStream<[UInt8]>.Continuation] = [:]
        var count = 0
        var hasEnded = false
    }

    private let callback: @Sendable ([UInt8]) -> Void
    private let state = Mutex(State())

    init(callback: @escaping @Sendable ([UInt8]) -> Void) {
        self.callback = callback
    }

    func tell(_ bytes: [UInt8]) {
        callback(bytes)
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(bytes) }
    }

    func listen() -> AsyncStream<[UInt8]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.limit)) { continuation in
            let number: Int? = state.withLock { state in
                if state.hasEnded { return nil }
                state.count += 1
                state.listeners[state.count] = continuation
                return state.count
            }
            guard let number else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
            }
        }
    }

    func end() {
        let listeners = state.withLock { state in
            state.hasEnded = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
