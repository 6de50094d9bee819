#define _GNU_SOURCE
#include "CMachine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

const short cmachine_peer_hang_up = POLLRDHUP;

int cmachine_set_modem_line(int fd, enum cmachine_modem_line line, bool on) {
    int bits = line == CMACHINE_DTR ? TIOCM_DTR : TIOCM_RTS;
    return ioctl(fd, on ? TIOCMBIS : TIOCMBIC, &bits) == -1 ? -errno : 0;
}

int cmachine_is_exclusive(int fd) {
    int exclusive = 0;
    if (ioctl(fd, TIOCGEXCL, &exclusive) == -1)
        return -errno;
    return exclusive != 0;
}

int cmachine_set_exclusive(int fd, bool exclusive) {
    return ioctl(fd, exclusive ? TIOCEXCL : TIOCNXCL) == -1 ? -errno : 0;
}

int cmachine_set_low_latency(int fd, bool on) {
    struct serial_struct settings;
    if (ioctl(fd, TIOCGSERIAL, &settings) == -1)
        return -errno;
    if (((settings.flags & ASYNC_LOW_LATENCY) != 0) == on)
        return 0;
    settings.flags ^= ASYNC_LOW_LATENCY;
    return ioctl(fd, TIOCSSERIAL, &settings) == -1 ? -errno : 1;
}

int cmachine_unsent_byte_count(int fd) {
    int count = 0;
    return ioctl(fd, TIOCOUTQ, &count) == -1 ? -errno : count;
}

int cmachine_discard_input(int fd) {
    return tcflush(fd, TCIFLUSH) == -1 ? -errno : 0;
}

int cmachine_discard_output(int fd) {
    return tcflush(fd, TCOFLUSH) == -1 ? -errno : 0;
}

uint32_t cmachine_device_major(dev_t device) {
    return major(device);
}

uint32_t cmachine_device_minor(dev_t device) {
    return minor(device);
}

int cmachine_open_name(const char *path) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    return fd == -1 ? -errno : fd;
}

struct task {
    void *(*run)(void *);
    int fd;
    int replacement;
    struct cmachine_line_settings settings;
};

/* The task belongs to the thread from now on. */
static void run_within(struct task *task, int milliseconds) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, task->run, task) != 0) {
        task->run(task);
        return;
    }
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += milliseconds / 1000;
    deadline.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec += 1;
        deadline.tv_nsec -= 1000000000;
    }
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) != 0)
        pthread_detach(thread);
}

static void *close_descriptor(void *argument) {
    struct task *task = argument;
    close(task->fd);
    free(task);
    return NULL;
}

static void *replace_descriptor(void *argument) {
    struct task *task = argument;
    /* Failure means that the device is gone. */
    cmachine_set_line_settings(task->fd, &task->settings);
    dup2(task->replacement, task->fd);
    free(task);
    return NULL;
}

void cmachine_close_within(int fd, int milliseconds) {
    struct task *task = malloc(sizeof *task);
    if (task == NULL) {
        close(fd);
        return;
    }
    *task = (struct task){.run = close_descriptor, .fd = fd};
    run_within(task, milliseconds);
}

void cmachine_replace_within(int fd, const struct cmachine_line_settings *settings, int milliseconds) {
    int ends[2];
    struct task *task = malloc(sizeof *task);
    if (task == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == -1) {
        free(task);
        return;
    }
    *task = (struct task){.run = replace_descriptor, .fd = fd, .replacement = ends[0], .settings = *settings};
    run_within(task, milliseconds);
}

int cmachine_accept(int fd) {
    int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return client == -1 ? -errno : client;
}

int cmachine_open_pseudo_terminal(char *slave_path, size_t slave_path_size) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (master == -1)
        return -errno;
    int failure = 0;
    if (grantpt(master) == -1 || unlockpt(master) == -1)
        failure = errno;
    else
        failure = ptsname_r(master, slave_path, slave_path_size);
    if (failure != 0) {
        close(master);
        return -failure;
    }
    return master;
}
