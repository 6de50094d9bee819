#ifndef CPRINTF_H
#define CPRINTF_H

#include <stddef.h>

/// Writes `value` as printf does for one of the conversions f, e, g and their capitals.
///
/// @param alternate whether the flag # stands in the conversion
/// @return how many characters the text has, without the NUL behind it; not positive after a failure
int cprintf_double(char *text, size_t size, double value, char conversion, int precision, int alternate);

#endif
