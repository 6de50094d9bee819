#define _GNU_SOURCE
#include "CMachine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

int cmachine_wait(struct pollfd *requests, int count, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int result = ppoll(requests, (nfds_t)count, nanoseconds < 0 ? NULL : &limit, NULL);
    return result < 0 ? -errno : result;
}

int cmachine_open_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1 ? -errno : 0;
}
