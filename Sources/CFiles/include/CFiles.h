#ifndef CFILES_H
#define CFILES_H

/*
 * openat(2) with O_PATH, which Glibc's Swift module lacks: what a name in a folder stands for, opened neither for reading
 * nor for writing, so that nothing happens to it. A symbolic link is opened itself.
 *
 * Returns a descriptor, or the negated errno.
 */
int cfiles_open_entry(int folder, const char *name);

/* The same for a folder, to which a path may lead through symbolic links. */
int cfiles_open_folder(int folder, const char *path);

/* Whether a descriptor is of an entry of /proc, whose links lead to what is open and not to names. */
int cfiles_is_in_proc(int descriptor);

/*
 * renameat2(2) with RENAME_NOREPLACE, likewise: gives a file of a folder another name there, unless something has that name.
 *
 * Returns 0, or the negated errno; -EINVAL or -ENOSYS where file system or kernel cannot do this.
 */
int cfiles_rename_to_new_name(int folder, const char *from, const char *to);

#endif
