#ifndef CBUILD_H
#define CBUILD_H

/// The commit that this binary was built from, with "-modified" behind it if files had been changed since.
///
/// `Scripts/build-static` gives it in the environment variable `PWTRANSFER_COMMIT`, which Package.swift reads.
///
/// Returns: NULL if the build was not told.
const char *build_commit(void);

#endif
