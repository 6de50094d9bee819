// Public signatures of this module name this type.
@_exported public import struct SystemPackage.FilePath
