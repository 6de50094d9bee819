#define _GNU_SOURCE
#include "CMachine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int cmachine_wait(struct pollfd *requests, int count, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int result = ppoll(requests, (nfds_t)count, nanoseconds < 0 ? NULL : &limit, NULL);
    return result < 0 ? -errno : result;
}

int cmachine_lock_mutex(void *mutex, int64_t time) {
    struct timespec limit = {.tv_sec = time / 1000000000, .tv_nsec = time % 1000000000};
    return -pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &limit);
}

int cmachine_open_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1 ? -errno : 0;
}

int cmachine_open_timer(int milliseconds) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd == -1) return -errno;
    struct timespec interval = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
    struct itimerspec times = {.it_interval = interval, .it_value = interval};
    if (timerfd_settime(fd, 0, &times, NULL) == 0) return fd;
    int code = errno;
    close(fd);
    return -code;
}

int cmachine_open_gathering(const int *descriptors, int count) {
    int gathering = epoll_create1(EPOLL_CLOEXEC);
    if (gathering == -1) return -errno;
    for (int index = 0; index < count; index++) {
        struct epoll_event event = {.events = EPOLLIN};
        if (descriptors[index] < 0 || epoll_ctl(gathering, EPOLL_CTL_ADD, descriptors[index], &event) == 0) continue;
        int code = errno;
        close(gathering);
        return -code;
    }
    return gathering;
}
