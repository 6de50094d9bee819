import PigweedTransfer
import TestSupport
import Testing

/// A chunk with its encodings by the reference Python package and by the C++ implementation.
struct ChunkVector: CustomTestStringConvertible {
    var testDescription: String
    var chunk: Chunk
    var data: [UInt8]
    var canonical: [UInt8]
    var cpp: [UInt8]

    init(
        _ description: String, _ kind: Chunk.Kind, data: String = "", canonical: String, cpp: String,
        _ set: (inout Chunk) -> Void
    ) {
        testDescription = description
        chunk = Chunk(kind)
        set(&chunk)
        self.data = Array(data.utf8)
        self.canonical = hex(canonical)
        self.cpp = hex(cpp)
    }

    static let all = [
        ChunkVector(
            "v2 START tid=3 pend=450 max=450 delay=2000 WE=450 rid=3 ver=2 dsid=1", .start,
            canonical: "080310c20318c20320d00f48c2035001580368027001",
            cpp: "700158036802500148c203080310c20318c20320d00f"
        ) {
            $0.transferID = 3
            $0.pendingBytes = 450
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.windowEndOffset = 450
            $0.resourceID = 3
            $0.protocolVersion = .version2
            $0.desiredSessionID = 1
        },
        ChunkVector(
            "v2 START tid=7 rid=7 ver=2 dsid=1", .start, canonical: "08075001580768027001",
            cpp: "70015807680250010807"
        ) {
            $0.transferID = 7
            $0.resourceID = 7
            $0.protocolVersion = .version2
            $0.desiredSessionID = 1
        },
        ChunkVector(
            "v2 START tid=10 pend=450 max=450 delay=2000 offset=100 WE=550 rid=10 ver=2 dsid=1 init=100",
            .start, canonical: "080a10c20318c20320d00f286448a6045001580a680270017864",
            cpp: "7001580a6802500148a604080a10c20318c20320d00f28647864"
        ) {
            $0.transferID = 10
            $0.pendingBytes = 450
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.offset = 100
            $0.windowEndOffset = 550
            $0.resourceID = 10
            $0.protocolVersion = .version2
            $0.desiredSessionID = 1
            $0.initialOffset = 100
        },
        ChunkVector(
            "v2 START_ACK rid=3 sid=1 ver=2", .startAck, canonical: "5006580360016802",
            cpp: "6001580368025006"
        ) {
            $0.resourceID = 3
            $0.sessionID = 1
            $0.protocolVersion = .version2
        },
        ChunkVector(
            "v2 START_ACK rid=10 sid=1 ver=2 init=100", .startAck, canonical: "5006580a600168027864",
            cpp: "6001580a680250067864"
        ) {
            $0.resourceID = 10
            $0.sessionID = 1
            $0.protocolVersion = .version2
            $0.initialOffset = 100
        },
        ChunkVector(
            "v2 START_ACK_CONFIRMATION max=450 delay=2000 WE=450 sid=1 ver=2", .startAckConfirmation,
            canonical: "18c20320d00f48c203500760016802",
            cpp: "60016802500748c20318c20320d00f"
        ) {
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.windowEndOffset = 450
            $0.sessionID = 1
            $0.protocolVersion = .version2
        },
        ChunkVector(
            "v2 START_ACK_CONFIRMATION sid=1 ver=2", .startAckConfirmation, canonical: "500760016802",
            cpp: "600168025007"
        ) {
            $0.sessionID = 1
            $0.protocolVersion = .version2
        },
        ChunkVector(
            "v2 PARAMETERS_RETRANSMIT max=450 delay=2000 WE=450 sid=1", .parametersRetransmit,
            canonical: "18c20320d00f48c20350026001",
            cpp: "6001500248c20318c20320d00f"
        ) {
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.windowEndOffset = 450
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 PARAMETERS_CONTINUE max=450 delay=2000 offset=450 WE=1350 sid=1", .parametersContinue,
            canonical: "18c20320d00f28c20348c60a50036001",
            cpp: "6001500348c60a18c20320d00f28c203"
        ) {
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.offset = 450
            $0.windowEndOffset = 1350
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 DATA data[5] sid=1", .data, data: "hello", canonical: "320568656c6c6f50006001",
            cpp: "320568656c6c6f60015000"
        ) {
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 DATA offset=450 data[5] rem=0 sid=1", .data, data: "hello",
            canonical: "28c203320568656c6c6f380050006001",
            cpp: "320568656c6c6f6001500028c2033800"
        ) {
            $0.offset = 450
            $0.remainingBytes = 0
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 DATA offset=455 rem=0 sid=1", .data, canonical: "28c703380050006001",
            cpp: "6001500028c7033800"
        ) {
            $0.offset = 455
            $0.remainingBytes = 0
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 DATA data[5] rem=520 sid=1", .data, data: "hello", canonical: "320568656c6c6f38880450006001",
            cpp: "320568656c6c6f60015000388804"
        ) {
            $0.remainingBytes = 520
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 COMPLETION status=OK sid=1", .completion, canonical: "400050046001",
            cpp: "600150044000"
        ) {
            $0.status = 0
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 COMPLETION status=NOT_FOUND sid=1", .completion, canonical: "400550046001",
            cpp: "600150044005"
        ) {
            $0.status = 5
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 COMPLETION status=DATA_LOSS rid=12 sid=1", .completion, canonical: "400f5004580c6001",
            cpp: "6001580c5004400f"
        ) {
            $0.status = 15
            $0.resourceID = 12
            $0.sessionID = 1
        },
        ChunkVector(
            "v2 COMPLETION_ACK sid=1", .completionAck, canonical: "50056001",
            cpp: "60015005"
        ) {
            $0.sessionID = 1
        },
        ChunkVector(
            "legacy START tid=3 pend=450 max=450 delay=2000 WE=450", .start,
            canonical: "080310c20318c20320d00f48c2035001",
            cpp: "6801500148c203080310c20318c20320d00f"
        ) {
            $0.transferID = 3
            $0.pendingBytes = 450
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.windowEndOffset = 450
        },
        ChunkVector(
            "legacy START tid=7", .start, canonical: "08075001",
            cpp: "680150010807"
        ) {
            $0.transferID = 7
        },
        ChunkVector(
            "legacy PARAMETERS_RETRANSMIT tid=7 pend=450 max=450 delay=2000 offset=500 WE=950",
            .parametersRetransmit, canonical: "080710c20318c20320d00f28f40348b6075002",
            cpp: "500248b607080710c20318c20320d00f28f403"
        ) {
            $0.transferID = 7
            $0.pendingBytes = 450
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.offset = 500
            $0.windowEndOffset = 950
        },
        ChunkVector(
            "legacy PARAMETERS_CONTINUE tid=7 pend=900 max=450 delay=2000 WE=900", .parametersContinue,
            canonical: "080710840718c20320d00f4884075003",
            cpp: "5003488407080710840718c20320d00f"
        ) {
            $0.transferID = 7
            $0.pendingBytes = 900
            $0.maxChunkSizeBytes = 450
            $0.minDelayMicroseconds = 2000
            $0.windowEndOffset = 900
        },
        ChunkVector(
            "legacy DATA tid=7 data[5]", .data, data: "hello", canonical: "0807320568656c6c6f5000",
            cpp: "320568656c6c6f50000807"
        ) {
            $0.transferID = 7
        },
        ChunkVector(
            "legacy DATA tid=7 offset=450 data[5] rem=0", .data, data: "hello",
            canonical: "080728c203320568656c6c6f38005000",
            cpp: "320568656c6c6f5000080728c2033800"
        ) {
            $0.transferID = 7
            $0.offset = 450
            $0.remainingBytes = 0
        },
        ChunkVector(
            "legacy COMPLETION tid=7 status=OK", .completion, canonical: "080740005004",
            cpp: "500408074000"
        ) {
            $0.transferID = 7
            $0.status = 0
        },
        ChunkVector(
            "legacy COMPLETION tid=99 status=NOT_FOUND", .completion, canonical: "086340055004",
            cpp: "500408634005"
        ) {
            $0.transferID = 99
            $0.status = 5
        },
    ]
}
