public import PigweedRPC

/// The service `pw.file.FileSystem`: which files a device has, and which resource id each of them has.
public enum FileSystemService {
    /// Server stream: a ``PathRequest``, then any number of ``ListResponse``.
    public static let list = Method(service: "pw.file.FileSystem", method: "List")
    /// Unary: a ``PathRequest``; the answer is empty.
    public static let delete = Method(service: "pw.file.FileSystem", method: "Delete")
}
