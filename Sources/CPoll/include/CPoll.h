#ifndef CPOLL_H
#define CPOLL_H

#include <stdint.h>

// Not <poll.h>: in Swift the structure would then belong to this module or to Glibc's, whichever is loaded first.
struct pollfd;

/*
 * ppoll(2), which Glibc's Swift module lacks: waits with nanosecond precision, where poll(2) rounds to milliseconds.
 *
 * A negative time waits without limit. Returns the number of ready descriptors, or the negated errno.
 */
int cpoll_wait(struct pollfd *requests, int count, int64_t nanoseconds);

/*
 * pipe2(2), likewise: a pipe to wake up who waits, of which no process inherits an end, however it was started.
 *
 * Returns 0, or the negated errno.
 */
int cpoll_open_pipe(int ends[2]);

#endif
