// Functions that Swift's libraries take from a newer glibc than Debian 12's and Raspberry Pi OS's oldest: here they use
// what every glibc has, so that one program starts on all of them.
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

// glibc 2.38: the names under which newer headers declare the functions that also read binary numbers.
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }

int __isoc23_sscanf(const char *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vsscanf(text, format, arguments);
    va_end(arguments);
    return count;
}

// glibc 2.38. Weak, since Swift's libraries for Debian 12 have one of their own.
__attribute__((weak)) size_t strlcpy(char *target, const char *source, size_t size) {
    size_t length = strlen(source);
    if (size > 0) {
        size_t copied = length < size ? length : size - 1;
        memcpy(target, source, copied);
        target[copied] = 0;
    }
    return length;
}

// glibc 2.36. The kernel refuses no request of up to 256 bytes.
void arc4random_buf(void *buffer, size_t size) {
    char *next = buffer;
    while (size > 0) {
        size_t part = size < 256 ? size : 256;
        if (getentropy(next, part) != 0) abort();
        next += part;
        size -= part;
    }
}

uint32_t arc4random(void) {
    uint32_t value;
    arc4random_buf(&value, sizeof value);
    return value;
}
