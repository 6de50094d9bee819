// swift-tools-version: 6.2
import PackageDescription

/// A program as others would write it: it uses one product, and imports nothing else. `Scripts/test-consumers` gives
/// the path of the package.
func program(_ product: String) -> Target {
    .executableTarget(
        name: "Use\(product)", dependencies: [.product(name: product, package: "pwtransfer")],
        swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")])
}

/// All libraries, unless some are chosen. Nothing is fetched or built for libraries that are not chosen.
let products =
    Context.environment["PWTRANSFER_PRODUCTS"]?.split(separator: " ").map(String.init) ?? [
        "HDLC", "PigweedRPC", "PigweedTransfer", "PigweedFileSystem", "PigweedTokenizer", "SerialPort",
        "TransferClient", "TransferManager", "TransferFoundation", "SimulatedDevice", "TransferTesting",
        "WireCapture",
    ]

let package = Package(
    name: "consumers",
    dependencies: [
        .package(url: Context.environment["PWTRANSFER_URL"] ?? "file:///pwtransfer", exact: "1.0.0")
    ],
    targets: products.map(program),
    swiftLanguageModes: [.v6]
)
