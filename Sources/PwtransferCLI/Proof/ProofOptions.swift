internal import ArgumentParser

/// How a write is verified, and when it is skipped or continued.
struct ProofOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Show that the data arrived, and fail with exit code 65 if not: readback reads the resource and compares it; \
            checksum:ALGORITHM compares a checksum with the one that the device reports by GetResourceStatus, which shows \
            that the data arrived, but not that they were kept. (default: none)
            """,
            valueName: "means"))
    var verify: VerificationMeans?

    @Option(
        help: ArgumentHelp(
            "The resource to read back, if it is not the one that is written.", valueName: "resource"))
    var verifyFrom: ResourceName?

    @Flag(
        help: """
            Compare first, as --verify says or by readback, and write nothing if all is the same; otherwise write all of \
            it.
            """)
    var ifChanged = false

    @Flag(
        help: """
            Continue an interrupted write if the device reports by GetResourceStatus how much it has and its checksum \
            matches that part of the file; otherwise write everything.
            """)
    var resume = false

    func validate() throws {
        guard !Configuration.judgesOnlyValues else { return }
        guard verifyFrom == nil || ifChanged || means != .none else {
            throw ValidationError("--verify-from has no use without --verify or --if-changed")
        }
    }

    /// How the device's copy is verified after the write.
    var means: VerificationMeans { verify ?? .none }

    /// How the device's copy is compared before the write.
    var meansBefore: VerificationMeans { means == .none ? .readback : means }

    /// Whether the source must be read more than once.
    var rereads: Bool { means != .none || ifChanged || resume }
}
