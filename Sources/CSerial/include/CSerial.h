#ifndef CSERIAL_H
#define CSERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What Glibc's Swift module lacks for serial ports: struct termios2 and ioctl requests that are not plain numbers.
 * Unless it says otherwise, a function returns 0 or more, or the negated errno.
 */

/* The kernel's struct termios2, under a name that does not clash with <termios.h>. */
struct cserial_line_settings {
    uint32_t input_modes;
    uint32_t output_modes;
    uint32_t control_modes;
    uint32_t local_modes;
    uint8_t line_discipline;
    uint8_t control_characters[19];
    uint32_t input_rate;
    uint32_t output_rate;
};

enum cserial_flow_control {
    CSERIAL_FLOW_NONE = 0,
    CSERIAL_FLOW_RTS_CTS = 1,
    CSERIAL_FLOW_XON_XOFF = 2,
};

int cserial_get_line_settings(int fd, struct cserial_line_settings *settings);

/* Takes effect at once; output that waits in the driver is sent with the new settings. */
int cserial_set_line_settings(int fd, const struct cserial_line_settings *settings);

/* 8N1, no processing of any byte, modem status ignored, lines kept on close, reads of at least one byte. */
void cserial_make_raw(struct cserial_line_settings *settings, uint32_t rate, enum cserial_flow_control flow);

/* Leaves DTR and RTS as they are when the last user closes the port. */
void cserial_keep_lines_on_close(struct cserial_line_settings *settings);

enum cserial_modem_line {
    CSERIAL_DTR = 0,
    CSERIAL_RTS = 1,
};

int cserial_set_modem_line(int fd, enum cserial_modem_line line, bool on);

/* 1 if another open(2) is refused (to all but root), else 0. */
int cserial_is_exclusive(int fd);
int cserial_set_exclusive(int fd, bool exclusive);

/* 1 if the driver's low-latency flag was changed, 0 if it was already so. */
int cserial_set_low_latency(int fd, bool on);

/* Bytes written and not yet sent. */
int cserial_unsent_byte_count(int fd);
int cserial_discard_input(int fd);
int cserial_discard_output(int fd);

/* The parts of a device number; glibc has them as macros. */
uint32_t cserial_device_major(dev_t device);
uint32_t cserial_device_minor(dev_t device);

/* A descriptor that names a node (O_PATH), without opening the device behind it. */
int cserial_open_name(const char *path);

/* close(2) that is waited for at most so long; after that it ends in the background, or with the process. */
void cserial_close_within(int fd, int milliseconds);

/*
 * Sets the line and closes likewise, and puts in its place a descriptor from which nothing comes, so that a thread that
 * still uses it notices nothing. For a process that is about to end.
 */
void cserial_replace_within(int fd, const struct cserial_line_settings *settings, int milliseconds);

/* accept4(2): the next client, as a non-blocking socket. */
int cserial_accept(int fd);

/* A new pseudo-terminal's master, non-blocking; writes the slave's path. */
int cserial_open_pseudo_terminal(char *slave_path, size_t slave_path_size);

#endif
