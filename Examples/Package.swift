// swift-tools-version: 6.2
import PackageDescription

let transferClient: Target.Dependency = .product(name: "TransferClient", package: "pwtransfer")
let serialPort: Target.Dependency = .product(name: "SerialPort", package: "pwtransfer")

let pigweedTransfer: Target.Dependency = .product(name: "PigweedTransfer", package: "pwtransfer")
let simulatedDevice: Target.Dependency = .product(name: "SimulatedDevice", package: "pwtransfer")

let package = Package(
    name: "Examples",
    dependencies: [.package(name: "pwtransfer", path: "..")],
    targets: [
        .executableTarget(name: "BoardToFile", dependencies: [transferClient]),
        .executableTarget(name: "ReadAndWrite", dependencies: [transferClient]),
        .executableTarget(name: "OwnTransport", dependencies: [transferClient, serialPort]),
        .executableTarget(name: "Streaming", dependencies: [transferClient]),
        .executableTarget(name: "SeveralDevices", dependencies: [transferClient]),
        .executableTarget(name: "EngineInAnActor", dependencies: [pigweedTransfer, simulatedDevice]),
    ],
    swiftLanguageModes: [.v6]
)
