/// The C library of this system, Musl or Glibc. No other target imports either by name.
#if canImport(Musl)
    @_exported public import Musl
#else
    @_exported public import Glibc
#endif
