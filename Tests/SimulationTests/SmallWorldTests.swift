import PigweedTransfer
import SimulatedDevice
@testable import Swarm
import Testing

/// The small worlds, of which `Scripts/small-worlds` runs all.
@Suite struct SmallWorldTests {
    private func arrivals(_ fates: [Int: FrameFate]) -> [[UInt8]] {
        var filter = FrameFates(fates)
        var arrivals: [[UInt8]] = []
        for step in 0..<5 {
            var output: [LinePiece] = []
            filter.process(
                LinePiece([UInt8(step)], isFrame: true), at: .zero + .milliseconds(10 * step), into: &output)
            arrivals.append(output.flatMap(\.bytes))
        }
        if let deadline = filter.deadline {
            var output: [LinePiece] = []
            filter.release(at: deadline, into: &output)
            arrivals.append(output.flatMap(\.bytes))
        }
        #expect(filter.deadline == nil)
        return arrivals
    }

    @Test(
        arguments: [
            ([:], [[0], [1], [2], [3], [4]]),
            ([0: .lost, 3: .lost], [[], [1], [2], [], [4]]),
            ([1: .twice], [[0], [1, 1], [2], [3], [4]]),
            ([1: .swapped], [[0], [], [2, 1], [3], [4]]),
            ([1: .swapped, 2: .lost], [[0], [], [], [3, 1], [4]]),
            ([4: .swapped], [[0], [1], [2], [3], [], [4]]),
            ([2: .late], [[0], [1], [], [], [], [2, 3, 4]]),
            ([1: .swapped, 2: .tooLate, 3: .lost], [[0], [], [], [], [], [1, 2, 4]]),
        ] as [([Int: FrameFate], [[UInt8]])])
    func framesMeetTheirFates(fates: [Int: FrameFate], expected: [[UInt8]]) {
        #expect(arrivals(fates) == expected)
    }

    @Test(arguments: [
        "read v2 near 5/2 <7=twice >3=lost", "write legacy far 0/1 cancel@1200000",
        "read legacy-device far 8/4 <0=swapped <10=too-late >2=late restart@1",
    ])
    func textsNameWorlds(text: String) throws {
        let world = try #require(SmallWorld(parsing: text))
        #expect("\(world)" == text)
    }

    @Test(arguments: [
        "", "read v2 near", "read v2 near 5", "read v3 near 5/2", "read v2 near 5/2 >3",
        "read v2 near 5/2 3=lost",
    ])
    func otherTextsDoNot(text: String) {
        #expect(SmallWorld(parsing: text) == nil)
    }

    @Test(arguments: SmallWorldFamily.allCases)
    func theSmallestOnesEndWell(family: SmallWorldFamily) {
        var count = 0
        for world in SmallWorld.calmOnes(chunkLimit: 1) {
            family.explore(world, lossLimit: 2) { world, report in
                count += 1
                #expect(report.violation == nil, "\(world)")
            }
        }
        #expect(count > 200)
    }
}
