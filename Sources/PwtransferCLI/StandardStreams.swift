internal import Glibc

/// Standard input, output and error.
enum StandardStreams {
    /// Puts something in the place of streams that the program was started without, as by `2>&-`.
    ///
    /// A port or a file that is opened would otherwise get the number of a missing stream, and messages would go to the
    /// device. What stands in cannot be used: reading the input and writing the outputs fails.
    static func occupy() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            // The lowest number that is free, which is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
