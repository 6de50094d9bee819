#include "cprintf.h"

#include <stdio.h>

int cprintf_double(char *text, size_t size, double value, char conversion, int precision, int alternate) {
    char format[] = {'%', '#', '.', '*', conversion, '\0'};
    if (!alternate) {
        char plain[] = {'%', '.', '*', conversion, '\0'};
        return snprintf(text, size, plain, precision, value);
    }
    return snprintf(text, size, format, precision, value);
}
