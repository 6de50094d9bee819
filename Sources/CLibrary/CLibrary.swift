/// The C library of this system, whichever it is: no other target imports it by its name.
#if canImport(Musl)
    @_exported public import Musl
#else
    @_exported public import Glibc
#endif
