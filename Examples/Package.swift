// swift-tools-version: 6.2
import PackageDescription

let transferManager: Target.Dependency = .product(name: "TransferManager", package: "pwtransfer")
let serialPort: Target.Dependency = .product(name: "SerialPort", package: "pwtransfer")
let transferTesting: Target.Dependency = .product(name: "TransferTesting", package: "pwtransfer")
let wireCapture: Target.Dependency = .product(name: "WireCapture", package: "pwtransfer")
let pigweedTransfer: Target.Dependency = .product(name: "PigweedTransfer", package: "pwtransfer")
let simulatedDevice: Target.Dependency = .product(name: "SimulatedDevice", package: "pwtransfer")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")

let package = Package(
    name: "Examples",
    dependencies: [
        .package(name: "pwtransfer", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(name: "BoardToFile", dependencies: [transferManager]),
        .executableTarget(name: "ReadAndWrite", dependencies: [transferManager]),
        .executableTarget(name: "OwnTransport", dependencies: [transferManager, serialPort]),
        .executableTarget(name: "Streaming", dependencies: [transferManager]),
        .executableTarget(name: "SeveralDevices", dependencies: [transferManager]),
        .executableTarget(name: "SerialTerminal", dependencies: [serialPort]),
        .executableTarget(name: "FlashOnPlug", dependencies: [transferManager]),
        .executableTarget(name: "Sniffer", dependencies: [wireCapture]),
        .executableTarget(
            name: "MainActorApp", dependencies: [transferManager, transferTesting],
            swiftSettings: [.defaultIsolation(MainActor.self)]),
        .executableTarget(name: "EngineInAnActor", dependencies: [pigweedTransfer, simulatedDevice]),
        .executableTarget(
            name: "NIOEventLoop", dependencies: [pigweedTransfer, serialPort, nioCore, nioPosix]),
    ],
    swiftLanguageModes: [.v6]
)
