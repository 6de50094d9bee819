import PigweedRPC
import PigweedTransfer
import SimulatedDevice
import TestSupport
import Testing
import TransferSimulation

private let directions = [Direction.read, .write]

/// Runs a transfer at 921 600 baud with a latency of 1 ms and with these faults.
private func run(
    _ direction: Direction, size: Int, _ faults: [String], seed: UInt64 = 1,
    change: (inout TransferSimulation.Setup) -> Void = { _ in }
) throws -> (result: TransferSimulation.Result, isRight: Bool) {
    var random = SeededGenerator(seed: 67_336_391_945)
    let data = random.bytes(size)
    let request = direction == .read ? TransferRequest.read(3) : .write(3, size: UInt64(size))
    var setup = TransferSimulation.Setup(request, data: data).line(baud: 921_600, latency: .milliseconds(1))
    setup.faults = try FaultSet(parsing: faults, seed: seed)
    change(&setup)
    let result = TransferSimulation.run(setup)
    return (result, result.data == data)
}

/// The cases of the reference's integration tests, with their sizes and filters, as transfers in virtual time.
///
/// Some of these cases make the reference's clients give up. Where that is not necessary, success is required.
@Suite struct ReferenceCaseTests {
    @Test(arguments: directions, [ProtocolVersion?.none, .legacy])
    func patternOfDrops(direction: Direction, choice: ProtocolVersion?) throws {
        for size in [0, 1, 1234, 40_000] {
            let faults = ["both:hdlc-packetizer", "both:keep-drop-queue=5/1,only-chunks"]
            let (result, isRight) = try run(direction, size: size, faults) {
                $0.request.version = choice
            }
            #expect(result.isSuccess && isRight, "\(size): \(result.failure as Any)")
        }
    }

    @Test(arguments: directions) func firstPacketsLost(direction: Direction) throws {
        let (result, isRight) = try run(
            direction, size: 1234,
            [
                "both:hdlc-packetizer", "to-device:keep-drop-queue=2/1/-1,only-chunks",
                "to-client:keep-drop-queue=1/2/-1,only-chunks",
            ])
        #expect(result.isSuccess && isRight)
        #expect(result.elapsed < .seconds(2))
    }

    @Test func readFromAnOffsetWithDrops() throws {
        let faults = ["both:hdlc-packetizer", "both:keep-drop-queue=5/1,only-chunks"]
        let (result, _) = try run(.read, size: 1024, faults) { $0.request.initialOffset = 100 }
        let (whole, _) = try run(.read, size: 1024, [])
        #expect(result.isSuccess)
        #expect(result.data == whole.data.map { Array($0.dropFirst(100)) })
    }

    /// In this case, the reference's clients end with `DEADLINE_EXCEEDED`; they survive the loss of any other chunk
    /// of the window.
    @Test(arguments: directions, [0, 1, 2, 3])
    func onePacketOfEveryWindowLost(direction: Direction, packet: Int) throws {
        for size in [1234, 40_000] {
            let faults = ["both:hdlc-packetizer", "both:window-packet-dropper=\(packet)"]
            let (result, isRight) = try run(direction, size: size, faults)
            #expect(result.isSuccess && isRight, "\(size): \(result.failure as Any)")
            #expect(result.elapsed < .seconds(20))
        }
    }

    /// The first packet after each request is lost, so the same request would never help.
    @Test(arguments: [0, 100, 8000] as [UInt64], 1...5 as ClosedRange<UInt64>)
    func firstPacketAfterEveryRequestLost(offset: UInt64, seed: UInt64) throws {
        let faults = [
            "both:hdlc-packetizer", "to-device:chunk-dropper=start-ack-confirmation",
            "to-client:window-packet-dropper=0",
        ]
        for latency in [Duration.zero, .milliseconds(16)] {
            let (result, _) = try run(.read, size: 40_000, faults, seed: seed) {
                $0.request.initialOffset = offset
                $0.latency = latency
                $0.device.minDelay = .zero
            }
            #expect(result.isSuccess, "\(latency): \(result.failure as Any)")
            #expect(result.data?.count == 40_000 - Int(offset))
            #expect(result.elapsed < .seconds(20))
        }
    }

    @Test(arguments: directions, ["to-device", "to-client"])
    func silenceAfterSomeChunks(direction: Direction, target: String) throws {
        let start = target == "to-device" ? ",start-immediately" : ""
        for packets in 1...6 {
            let faults = ["\(target):server-failure=\(packets)/\(packets),only-chunks\(start)"]
            let (result, isRight) = try run(direction, size: 100_321, faults) { $0.request.window = 8192 }
            #expect(result.failure.flatMap { $0 }?.status == .deadlineExceeded, "\(packets)")
            #expect(!isRight)
            #expect(result.elapsed < .seconds(25))
        }
    }

    @Test(arguments: directions) func everythingLostFromAPointOn(direction: Direction) throws {
        for faults in [["to-device:keep-drop-queue=20/-1"], ["to-client:keep-drop-queue=20/-1"]] {
            let (result, isRight) = try run(direction, size: 100_000, faults) { $0.request.window = 4096 }
            #expect(result.failure.flatMap { $0 }?.status == .deadlineExceeded)
            #expect(!isRight)
            #expect(result.elapsed < .seconds(25))
        }
    }

    @Test(arguments: directions, 1...60 as ClosedRange<UInt64>)
    func dropsAndSwaps(direction: Direction, seed: UInt64) throws {
        for faults in [
            ["both:data-dropper=0.01"], ["both:data-dropper=0.1"],
            ["both:hdlc-packetizer", "both:data-transposer=0.005,timeout=500ms"],
            ["both:data-transposer=0.1,timeout=500ms"],
            ["both:data-dropper=0.05", "both:data-transposer=0.05,timeout=50ms"],
        ] {
            let (result, isRight) = try run(direction, size: 20_000, faults, seed: seed)
            #expect(result.isSuccess && isRight, "\(faults): \(result.failure as Any)")
        }
    }

    @Test(arguments: directions) func limitedRate(direction: Direction) throws {
        for rate in [50_000, 5000] {
            let (result, isRight) = try run(direction, size: 20_000, ["both:rate-limiter=\(rate)"])
            #expect(result.isSuccess && isRight, "\(rate): \(result.failure as Any)")
            #expect(result.elapsed >= .seconds(20_000) / rate)
        }
    }

    /// HDLC escapes every byte of the data, which doubles the frames.
    @Test(arguments: directions) func escapedData(direction: Direction) throws {
        let (result, _) = try run(direction, size: 0, ["both:data-dropper=0.02"]) {
            $0.data = [UInt8](repeating: 0x7E, count: 98_731)
            if direction == .write { $0.request.size = 98_731 }
        }
        #expect(result.isSuccess)
        #expect(result.data == [UInt8](repeating: 0x7E, count: 98_731))
    }
}

/// Faults that the reference's tests do not have.
@Suite struct FaultTransferTests {
    @Test(
        arguments: directions,
        [
            "both:bit-flipper=0.0002", "both:byte-dropper=0.0002", "both:byte-repeater=0.0002",
            "both:burst=0.0001,length=100", "both:burst=0.0001,length=500,effect=lose",
            "both:frame-duplicator=0.1", "both:noise-injector=0.2,inside=0.02,length=40",
            "to-client:text-injector=0.5", "to-client:text-injector=0.5,inside=0.05",
            "both:log-injector=0.5,inside=0.05", "both:stall=300ms,rate=0.02", "both:stall=3s,after=100ms",
            "device:console=5ms", "device:console=5ms,form=text",
        ])
    func endsWell(direction: Direction, fault: String) throws {
        for seed: UInt64 in 1...5 {
            let (result, isRight) = try run(direction, size: 20_000, [fault], seed: seed)
            #expect(result.isSuccess && isRight, "seed \(seed): \(result.failure as Any)")
        }
    }

    @Test(
        arguments: directions,
        [
            "start", "start-ack", "start-ack-confirmation", "parameters-retransmit", "parameters-continue",
            "data", "final-data", "completion", "completion-ack",
        ])
    func singleChunksLost(direction: Direction, kind: String) throws {
        for (first, count) in [(1, 1), (2, 1), (1, 2), (1, 3)] {
            let fault = "both:chunk-dropper=\(kind),first=\(first),count=\(count)"
            let (result, isRight) = try run(direction, size: 5000, [fault])
            #expect(result.isSuccess && isRight, "\(fault): \(result.failure as Any)")
            #expect(result.elapsed < .seconds(5), "\(fault)")
        }
    }

    @Test(arguments: [10, 20, 40]) func hangUp(chunks: Int) throws {
        for direction in directions {
            let (result, isRight) = try run(
                direction, size: 50_000, ["device:hang-up-after-chunks=\(chunks)"])
            #expect(result.events.last == .hungUp)
            #expect(result.failure.flatMap { $0 } == .deviceSilent)
            #expect(!isRight)
        }
    }

    @Test(arguments: directions, DeviceState.allCases)
    func resetInAnyState(direction: Direction, state: DeviceState) throws {
        let (result, isRight) = try run(
            direction, size: 20_000,
            [
                "device:slow-prepare=100ms", "device:reset-in-state=\(state.rawValue)",
                "both:data-dropper=0.02",
            ])
        #expect(result.failure != nil)
        #expect(!result.isSuccess || isRight)
        if case .some(.some(let failure)) = result.failure { #expect(failure == .streamLost) }
    }

    @Test(arguments: directions) func slowHandlers(direction: Direction) throws {
        for faults in [
            ["device:slow-prepare=10s"], ["device:slow-write=20ms"], ["device:slow-finalize=5s"],
            ["device:slow-prepare=1s", "device:slow-write=5ms", "device:slow-finalize=1s"],
        ] {
            let (result, isRight) = try run(direction, size: 20_000, faults)
            #expect(result.isSuccess && isRight, "\(faults): \(result.failure as Any)")
        }
    }

    @Test func faultsEnd() throws {
        for direction in directions {
            let faults = ["both:data-dropper=1", "device:reset-after=1500ms"]
            let (result, isRight) = try run(direction, size: 5000, faults) { $0.faultsEnd = .seconds(1) }
            #expect(result.isSuccess && isRight)
            #expect(!result.events.contains(.rebooted))
        }
    }
}

/// A queue on the way that holds whole windows: data that were requested in excess still arrive, and late.
@Suite struct DeepQueueTests {
    /// The client takes the line for much faster than it is, or does not know its rate.
    @Test(arguments: [nil, 115_200, 921_600], [20_000, 5000, 1000])
    func readBehindABottleneck(baud: Int?, rate: Int) throws {
        let (result, isRight) = try run(
            .read, size: 65_536, ["to-client:rate-limiter=\(rate),buffer=1000000"]
        ) {
            $0.device.minDelay = .zero
            $0.request.lineRate = baud.map { UInt32($0 / 10) }
        }
        #expect(result.isSuccess && isRight, "\(result.failure as Any)")
        #expect(result.statistics.repeats <= 8)
        #expect(result.elapsed < .seconds(1.7 * 70_000 / Double(rate)))
    }

    @Test(arguments: [115_200, 921_600, 3_000_000])
    func everythingThatTheClientSendsArrivesTwice(baud: Int) throws {
        let (result, isRight) = try run(.read, size: 65_536, ["to-device:frame-duplicator=1"]) {
            $0 = $0.line(baud: baud, latency: .milliseconds(1))
        }
        #expect(result.isSuccess && isRight)
        #expect(result.statistics.repeats <= 5)
    }
}
