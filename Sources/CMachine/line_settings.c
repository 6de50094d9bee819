/* In a file of its own because <asm/termbits.h> clashes with <termios.h>. */
#include "CMachine.h"

#include <asm/termbits.h>
#include <errno.h>
#include <string.h>

/* <sys/ioctl.h> would bring in the clash; the request numbers come from the kernel's own header. */
#include <asm/ioctls.h>
extern int ioctl(int fd, unsigned long request, ...);

_Static_assert(sizeof(struct cmachine_line_settings) == sizeof(struct termios2), "the same size");
_Static_assert(offsetof(struct cmachine_line_settings, control_characters) == offsetof(struct termios2, c_cc),
               "the same layout");
_Static_assert(offsetof(struct cmachine_line_settings, output_rate) == offsetof(struct termios2, c_ospeed),
               "the same layout");

int cmachine_get_line_settings(int fd, struct cmachine_line_settings *settings) {
    struct termios2 current;
    memset(&current, 0, sizeof current);
    if (ioctl(fd, TCGETS2, &current) == -1)
        return -errno;
    memcpy(settings, &current, sizeof current);
    return 0;
}

int cmachine_set_line_settings(int fd, const struct cmachine_line_settings *settings) {
    struct termios2 wanted;
    memcpy(&wanted, settings, sizeof wanted);
    return ioctl(fd, TCSETS2, &wanted) == -1 ? -errno : 0;
}

void cmachine_make_raw(struct cmachine_line_settings *settings, uint32_t rate, bool rts_cts) {
    settings->input_modes &= ~(uint32_t)(IGNBRK | BRKINT | PARMRK | INPCK | ISTRIP | INLCR | IGNCR | ICRNL | IXON |
                                         IXOFF | IXANY | IUCLC | IMAXBEL);
    settings->output_modes &= ~(uint32_t)OPOST;
    settings->local_modes &= ~(uint32_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    settings->control_modes &= ~(uint32_t)(CSIZE | PARENB | CSTOPB | CRTSCTS | HUPCL);
    settings->control_modes |= CS8 | CREAD | CLOCAL;
    settings->control_characters[VMIN] = 1;
    settings->control_characters[VTIME] = 0;

    /* No input rate of its own: the output rate serves for both directions. */
    settings->control_modes &= ~(uint32_t)(CBAUD | (CBAUD << IBSHIFT));
    settings->control_modes |= BOTHER;
    settings->input_rate = rate;
    settings->output_rate = rate;

    if (rts_cts)
        settings->control_modes |= CRTSCTS;
}

void cmachine_keep_lines_on_close(struct cmachine_line_settings *settings) {
    settings->control_modes &= ~(uint32_t)HUPCL;
}
