#include "CMachine.h"

#include <stddef.h>

const char *cmachine_build_commit(void) {
#ifdef PWTRANSFER_COMMIT
    return PWTRANSFER_COMMIT;
#else
    return NULL;
#endif
}
