#include "CBuild.h"

#include <stddef.h>

const char *build_commit(void) {
#ifdef PWTRANSFER_COMMIT
    return PWTRANSFER_COMMIT;
#else
    return NULL;
#endif
}
