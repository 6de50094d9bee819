internal import PigweedRPC

/// Sessions that are over, for the device's late chunks: each is answered so that the device frees its context
/// (protocol: pitfall 1).
struct EndedSessions {
    private struct Entry {
        var id: UInt32
        var direction: Direction
        var completion: Chunk
        var acknowledgement: Chunk
        var isEstablished: Bool
        var answers = 0
    }

    private var entries: [Entry] = []

    mutating func add(_ session: borrowing Session) {
        guard session.version == .version2 else { return }
        if entries.count == Tuning.endedSessions { entries.removeFirst() }
        entries.append(
            Entry(
                id: session.id, direction: session.request.direction, completion: session.completion(),
                acknowledgement: session.completionAcknowledgement(), isEstablished: session.isEstablished))
    }

    /// The answer to a chunk of a session that is over; `nil` if the chunk gets no answer.
    mutating func answer(to chunk: Chunk) -> (chunk: Chunk, direction: Direction)? {
        guard let index = entries.firstIndex(where: { $0.id == chunk.sessionID }),
            entries[index].answers < Tuning.endedSessionAnswers
        else { return nil }
        let answer: Chunk?
        switch chunk.kind {
        case .startAck, .data, .parametersRetransmit, .parametersContinue:
            answer = entries[index].completion
        case .completion:
            answer = entries[index].isEstablished ? entries[index].acknowledgement : nil
        default:
            answer = nil
        }
        guard let answer else { return nil }
        entries[index].answers += 1
        return (answer, entries[index].direction)
    }
}
