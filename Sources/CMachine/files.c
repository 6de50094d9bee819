#define _GNU_SOURCE
#include "CMachine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>

int cmachine_open_entry(int folder, const char *name) {
    int descriptor = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return descriptor == -1 ? -errno : descriptor;
}

int cmachine_open_folder(int folder, const char *path) {
    int descriptor = openat(folder, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return descriptor == -1 ? -errno : descriptor;
}

int cmachine_is_in_proc(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

int cmachine_rename_to_new_name(int folder, const char *from, const char *to) {
    return renameat2(folder, from, folder, to, RENAME_NOREPLACE) == -1 ? -errno : 0;
}
