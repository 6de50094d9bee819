#include "CHDLC.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

size_t chdlc_find(const uint8_t *bytes, size_t count, uint8_t value) {
    const uint8_t *found = count > 0 ? memchr(bytes, value, count) : NULL;
    return found ? (size_t)(found - bytes) : count;
}

size_t chdlc_find_either(const uint8_t *bytes, size_t count, uint8_t first, uint8_t second) {
    size_t index = 0;
#if defined(__SSE2__)
    const __m128i firsts = _mm_set1_epi8((char)first), seconds = _mm_set1_epi8((char)second);
    for (; count - index >= 16; index += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(bytes + index));
        __m128i equal = _mm_or_si128(_mm_cmpeq_epi8(block, firsts), _mm_cmpeq_epi8(block, seconds));
        int marks = _mm_movemask_epi8(equal);
        if (marks != 0) return index + (size_t)__builtin_ctz((unsigned)marks);
    }
#endif
    for (; index < count; index++) {
        if (bytes[index] == first || bytes[index] == second) return index;
    }
    return count;
}
