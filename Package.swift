// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own builds alone: SwiftPM silences those of a package that another one fetched, and the two
/// options contradict each other.
let isFetched = ["/checkouts/", "/registry/downloads/"].contains { Context.packageDirectory.contains($0) }

let swiftSettings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableExperimentalFeature("Lifetimes"),
    ] + (isFetched ? [] : [.treatAllWarnings(as: .error)])

/// A library target; `dependencies` are what it may import, and nothing else.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, swiftSettings: swiftSettings,
        // Floating-point numbers are rounded by it, and a program that imports no Glibc does not link it by itself.
        linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))])
}

/// - Parameter golden: whether the folder `Golden` beside the tests holds what they compare with.
func tests(_ name: String, _ dependencies: [Target.Dependency], golden: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: golden ? ["Golden"] : [],
        swiftSettings: swiftSettings)
}

let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// What `Scripts/build-static` tells about the build; other builds are not told, so that they need not know about git.
let buildSettings: [CSetting] =
    Context.environment["PWTRANSFER_COMMIT"].map { [.define("PWTRANSFER_COMMIT", to: "\"\($0)\"")] } ?? []

let package = Package(
    name: "pwtransfer",
    // For the modules without I/O; the others are for Linux.
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .executable(name: "pwtransfer", targets: ["pwtransfer"]),
        .library(name: "HDLC", targets: ["HDLC"]),
        .library(name: "PigweedRPC", targets: ["PigweedRPC"]),
        .library(name: "PigweedTransfer", targets: ["PigweedTransfer"]),
        .library(name: "PigweedFileSystem", targets: ["PigweedFileSystem"]),
        .library(name: "PigweedTokenizer", targets: ["PigweedTokenizer"]),
        .library(name: "SerialPort", targets: ["SerialPort"]),
        .library(name: "TransferClient", targets: ["TransferClient"]),
        .library(name: "TransferFoundation", targets: ["TransferFoundation"]),
        .library(name: "TransferManager", targets: ["TransferManager"]),
        .library(name: "SimulatedDevice", targets: ["SimulatedDevice"]),
        .library(name: "TransferTesting", targets: ["TransferTesting"]),
        .library(name: "WireCapture", targets: ["WireCapture"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // The engine: bytes and time in, bytes, data and deadlines out. No I/O, no clock, no threads.
        library("MonotonicTime"),
        .target(name: "CHDLC"),
        library("HDLC", ["CHDLC"]),
        library("ProtobufWire"),
        library("PigweedRPC", ["HDLC", "ProtobufWire"]),
        library("PigweedTransfer", ["PigweedRPC", "ProtobufWire", "HDLC", "MonotonicTime"]),
        library("PigweedFileSystem", ["PigweedRPC", "ProtobufWire"]),
        // Logs in tokens: databases, arguments, texts. Numbers are written by C's own printf.
        .target(name: "CPrintf"),
        library("PigweedTokenizer", ["CPrintf", "ProtobufWire"]),
        library(
            "SimulatedDevice",
            [
                "PigweedTransfer", "PigweedFileSystem", "PigweedTokenizer", "PigweedRPC", "ProtobufWire",
                "HDLC",
            ]
        ),
        // What went over a wire: captures read and written, frames decoded into lines.
        library(
            "WireCapture", ["PigweedTransfer", "PigweedFileSystem", "PigweedRPC", "ProtobufWire", "HDLC"]),

        // The machine: file descriptors, waiting, clocks, threads; serial ports.
        library("CLibrary"),
        .target(name: "CMachine", cSettings: buildSettings),
        library("Machine", ["CLibrary", "CMachine", "MonotonicTime", systemPackage]),
        .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
        library("SerialPort", ["Machine", "CLibrary", "CMachine", "CUdev", systemPackage]),
        library(
            "TransferClient",
            [
                "PigweedTransfer", "PigweedFileSystem", "PigweedRPC", "HDLC", "SerialPort", "Machine",
                "CLibrary", "CMachine", systemPackage,
            ]),
        // Transfers for Swift's concurrency.
        library(
            "TransferManager",
            [
                "TransferClient", "PigweedTransfer", "PigweedFileSystem", "PigweedRPC", "SerialPort",
                "Machine",
                systemPackage,
            ]),
        // For tests of programs that transfer.
        library(
            "TransferTesting", ["SimulatedDevice", "PigweedTransfer", "SerialPort", "Machine", systemPackage]),
        // For programs that use Foundation anyway; ours does without.
        library("TransferFoundation", ["TransferManager", "TransferClient"]),

        // The program.
        // Configuration files, by the C++ library toml++ (libtomlplusplus-dev).
        .target(name: "CTOML"),
        library(
            "PwtransferCLI",
            [
                "TransferClient", "PigweedTransfer", "PigweedFileSystem", "PigweedTokenizer", "PigweedRPC",
                "HDLC", "SerialPort", "SimulatedDevice", "WireCapture", "Machine", "CLibrary", "CMachine",
                "CTOML", systemPackage,
                argumentParser,
            ]),
        .executableTarget(name: "pwtransfer", dependencies: ["PwtransferCLI"], swiftSettings: swiftSettings),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["PigweedRPC", "HDLC"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        // Our codecs behind lines of text, for the tests against the reference implementation in Python.
        .executableTarget(
            name: "CodecPeer",
            dependencies: [
                "PigweedTransfer", "PigweedFileSystem", "PigweedTokenizer", "PigweedRPC", "ProtobufWire",
                "HDLC", "TestSupport",
            ],
            path: "Tests/Interoperability/CodecPeer", swiftSettings: swiftSettings),

        tests("HDLCTests", ["HDLC"]),
        tests("ProtobufWireTests", ["ProtobufWire"]),
        tests("PigweedRPCTests", ["PigweedRPC", "HDLC"]),
        tests("PigweedFileSystemTests", ["PigweedFileSystem", "PigweedRPC"]),
        tests("PigweedTokenizerTests", ["PigweedTokenizer", "ProtobufWire"]),
        tests(
            "PigweedTransferTests", ["PigweedTransfer", "PigweedRPC", "ProtobufWire", "HDLC"], golden: true),
        .target(
            name: "TransferSimulation",
            dependencies: [
                "PigweedTransfer", "PigweedRPC", "ProtobufWire", "SimulatedDevice", "TestSupport",
            ],
            path: "Tests/TransferSimulation", swiftSettings: swiftSettings),
        // What `Scripts/benchmark` measures inside one process; only here, malloc counts.
        .target(name: "CAllocations", path: "Tests/Benchmarks/CAllocations"),
        .executableTarget(
            name: "MeasureSpeed",
            dependencies: [
                "CAllocations", "TransferClient", "SerialPort", "PigweedTransfer", "PigweedRPC",
                "ProtobufWire", "HDLC",
                argumentParser,
            ],
            path: "Tests/Benchmarks/MeasureSpeed", swiftSettings: swiftSettings),
        // The table of loss recovery as JSON; optimized where the tests are not.
        .executableTarget(
            name: "MeasureLossTable", dependencies: ["TransferSimulation"],
            path: "Tests/MeasureLossTable", swiftSettings: swiftSettings),
        // The table of line utilisation, likewise.
        .executableTarget(
            name: "MeasureUtilisation", dependencies: ["TransferSimulation"],
            path: "Tests/MeasureUtilisation", swiftSettings: swiftSettings),
        // The table of lines with queues, likewise, and as text.
        .executableTarget(
            name: "MeasureQueueTable", dependencies: ["TransferSimulation"],
            path: "Tests/MeasureQueueTable", swiftSettings: swiftSettings),
        tests(
            "SimulationTests",
            [
                "TransferSimulation", "Swarm", "SimulatedDevice", "PigweedTransfer", "PigweedRPC",
                "PigweedTokenizer", "RecordedSessions", "HDLC",
            ],
            golden: true),
        // The swarm of seeds: transfers in which everything goes wrong; `Scripts/soak` runs them.
        .target(
            name: "Swarm",
            dependencies: ["SimulatedDevice", "PigweedTransfer", "PigweedRPC", "HDLC", "TestSupport"],
            path: "Tests/Swarm", swiftSettings: swiftSettings),
        .executableTarget(
            name: "Soak", dependencies: ["Swarm", "PigweedTransfer", argumentParser], path: "Tests/Soak",
            swiftSettings: swiftSettings),
        // Every way in which a short transfer can go wrong; `Scripts/small-worlds` runs them.
        .executableTarget(
            name: "SmallWorlds", dependencies: ["Swarm", "PigweedTransfer", argumentParser],
            path: "Tests/SmallWorlds", swiftSettings: swiftSettings),
        // What `Scripts/fuzz` fuzzes, and what it found as tests.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "PwtransferCLI", "TransferClient", systemPackage, "SimulatedDevice", "WireCapture",
                "SerialPort",
                "PigweedFileSystem", "PigweedTokenizer", "PigweedTransfer", "PigweedRPC", "ProtobufWire",
                "HDLC", "TestSupport",
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: swiftSettings),
        tests("FuzzTests", ["FuzzTargets", "RecordedSessions"]),
        tests(
            "WireCaptureTests",
            [
                "WireCapture", "RecordedSessions", "PigweedTransfer", "PigweedFileSystem", "PigweedRPC",
                "HDLC",
            ],
            golden: true),
        tests("SerialPortTests", ["SerialPort", "Machine", "CMachine", systemPackage]),
        tests(
            "SimulatedDeviceTests",
            [
                "SimulatedDevice", "RecordedSessions", "PigweedTransfer", "PigweedTokenizer",
                "PigweedFileSystem", "PigweedRPC",
                "ProtobufWire", "HDLC",
            ]),
        tests(
            "TransferClientTests",
            [
                "TransferTesting", "TransferManager", "TransferClient", "SimulatedDevice", "PigweedTransfer",
                "PigweedFileSystem",
                "PigweedRPC", "ProtobufWire", "HDLC", "SerialPort", "Machine", systemPackage,
            ]),
        tests(
            "PwtransferCLITests",
            [
                "PwtransferCLI", "TransferClient", "PigweedTransfer", "PigweedTokenizer", "PigweedRPC",
                "HDLC", "SerialPort", "WireCapture", "Machine", systemPackage, argumentParser,
            ],
            golden: true),
        tests("CommandTests", ["pwtransfer", "SerialPort", "PigweedTokenizer", "PigweedRPC", "HDLC"]),

        // What `Scripts/test-hardware` does with the lines of a port.
        .executableTarget(
            name: "LineWorker", dependencies: ["SerialPort"], path: "Tests/Hardware/LineWorker",
            swiftSettings: swiftSettings),

        // Recordings of the reference implementation, for several test targets.
        .target(
            name: "RecordedSessions", path: "Tests/RecordedSessions", swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)

// The fuzzer has no main function of its own, so only `Scripts/fuzz`, which links libFuzzer, builds it.
if Context.environment["PWTRANSFER_FUZZ"] != nil {
    package.products.append(.executable(name: "Fuzz", targets: ["Fuzz"]))
    package.targets.append(
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Main",
            swiftSettings: swiftSettings))
}
