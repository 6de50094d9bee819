import TransferManager

func readIfThere(_ resource: UInt32, of manager: TransferManager) async throws(TransferError) -> [UInt8]? {
    do throws(TransferError) {
        return try await manager.read(resource: resource)
    } catch  where error.status == .notFound {
        return nil
    }
}

func show(_ progress: TransferProgress) async {
    for await report in progress { print(report.progress.moved, "of", report.progress.total ?? 0) }
}

do {
    _ = try await TransferManager("/nowhere", reconnect: .none)
    preconditionFailure("there is no such port")
} catch {
    precondition("\(error)" == "/nowhere: no such device")
}
