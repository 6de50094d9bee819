#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/// How often the calling thread has asked for memory of the heap since it began.
uint64_t allocations_of_thread(void);

#endif
