#ifndef CMACHINE_H
#define CMACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What Glibc's Swift module lacks. Unless its comment says otherwise, a function returns 0 or more, or the negated errno.
 */

// Not <poll.h>: in Swift the structure would then belong to this module or to Glibc's, whichever is loaded first.
struct pollfd;

/*
 * ppoll(2): waits with nanosecond precision, where poll(2) rounds to milliseconds.
 *
 * A negative time waits without limit. Returns the number of ready descriptors, or the negated errno.
 */
int cmachine_wait(struct pollfd *requests, int count, int64_t nanoseconds);

/*
 * pthread_mutex_clocklock(3): locks a pthread_mutex_t, waiting until a time of CLOCK_MONOTONIC in nanoseconds.
 *
 * Returns 0 if the calling thread has the mutex, or the negated error: -ETIMEDOUT if another thread has it.
 */
int cmachine_lock_mutex(void *mutex, int64_t time);

/*
 * pipe2(2): a non-blocking pipe that wakes up a waiting thread. No other process inherits its ends.
 *
 * Returns 0, or the negated errno.
 */
int cmachine_open_pipe(int ends[2]);

/*
 * timerfd_create(2): a non-blocking descriptor that becomes readable at this interval, and stays so until it is read.
 *
 * Returns a descriptor, or the negated errno.
 */
int cmachine_open_timer(int milliseconds);

/*
 * epoll_create1(2): a descriptor that is readable while one of the given ones is. Negative numbers are left out.
 *
 * Returns a descriptor, or the negated errno.
 */
int cmachine_open_gathering(const int *descriptors, int count);

/*
 * openat(2) with O_PATH: what a name in a folder stands for, opened neither for reading nor for writing, so that
 * nothing happens to it. A symbolic link is opened itself.
 *
 * Returns a descriptor, or the negated errno.
 */
int cmachine_open_entry(int folder, const char *name);

/* Opens a folder in the same way. The path may lead there through symbolic links. */
int cmachine_open_folder(int folder, const char *path);

/* Whether a descriptor leads to an entry of /proc, whose links lead to open files and not to names. */
int cmachine_is_in_proc(int descriptor);

/*
 * renameat2(2) with RENAME_NOREPLACE: gives a file of a folder another name there, unless something has that name.
 *
 * Returns 0, or the negated errno; -EINVAL or -ENOSYS where file system or kernel cannot do this.
 */
int cmachine_rename_to_new_name(int folder, const char *from, const char *to);

/*
 * Serial ports: struct termios2, and ioctl requests that are not plain numbers.
 */

/* The kernel's struct termios2, under a name that does not clash with <termios.h>. */
struct cmachine_line_settings {
    uint32_t input_modes;
    uint32_t output_modes;
    uint32_t control_modes;
    uint32_t local_modes;
    uint8_t line_discipline;
    uint8_t control_characters[19];
    uint32_t input_rate;
    uint32_t output_rate;
};

int cmachine_get_line_settings(int fd, struct cmachine_line_settings *settings);

/* Takes effect at once; output that waits in the driver is sent with the new settings. */
int cmachine_set_line_settings(int fd, const struct cmachine_line_settings *settings);

/* 8N1, no processing of any byte, modem status ignored, lines kept on close, reads of at least one byte. */
void cmachine_make_raw(struct cmachine_line_settings *settings, uint32_t rate, bool rts_cts);

/* Leaves DTR and RTS as they are when the last user closes the port. */
void cmachine_keep_lines_on_close(struct cmachine_line_settings *settings);

enum cmachine_modem_line {
    CMACHINE_DTR = 0,
    CMACHINE_RTS = 1,
};

int cmachine_set_modem_line(int fd, enum cmachine_modem_line line, bool on);

/* 1 if another open(2) is refused (to all but root), else 0. */
int cmachine_is_exclusive(int fd);
int cmachine_set_exclusive(int fd, bool exclusive);

/* 1 if the driver's low-latency flag was changed, 0 if it was already so. */
int cmachine_set_low_latency(int fd, bool on);

/* Bytes written and not yet sent. */
int cmachine_unsent_byte_count(int fd);
int cmachine_discard_input(int fd);
int cmachine_discard_output(int fd);

/* The parts of a device number; glibc has them as macros. */
uint32_t cmachine_device_major(dev_t device);
uint32_t cmachine_device_minor(dev_t device);

/* A descriptor that names a node (O_PATH), without opening the device behind it. */
int cmachine_open_name(const char *path);

/*
 * Closes a descriptor, and waits at most this long for close(2). A close that takes longer ends in the background, or
 * with the process.
 */
void cmachine_close_within(int fd, int milliseconds);

/*
 * Sets the line, then puts a descriptor from which nothing comes in the place of this one, which closes it. A thread
 * that still uses the descriptor notices nothing. Waits like cmachine_close_within. For a process that is about to end.
 */
void cmachine_replace_within(int fd, const struct cmachine_line_settings *settings, int milliseconds);

/* POLLRDHUP: the other side of a socket sends no more. */
extern const short cmachine_peer_hang_up;

/* accept4(2): the next client, as a non-blocking socket. */
int cmachine_accept(int fd);

/* A new pseudo-terminal's master, non-blocking; writes the slave's path. */
int cmachine_open_pseudo_terminal(char *slave_path, size_t slave_path_size);

/// How many words the process was started with, the name of the program included.
int cmachine_argument_count(void);

/// A word that the process was started with; NULL behind the last one.
const char *cmachine_argument_word(int index);

/// The commit that this binary was built from, with "-modified" behind it if files had been changed since.
///
/// `Scripts/build-static` gives it in the environment variable `PWTRANSFER_COMMIT`, which Package.swift reads.
///
/// Returns: NULL if the build was not given the commit.
const char *cmachine_build_commit(void);

#endif
