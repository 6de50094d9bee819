// What the signatures of this module name comes with it.
@_exported public import struct SystemPackage.FilePath
