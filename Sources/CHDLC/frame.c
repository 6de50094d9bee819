#include "CHDLC.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

size_t chdlc_find(const uint8_t *bytes, size_t count, uint8_t value) {
    const uint8_t *found = count > 0 ? memchr(bytes, value, count) : NULL;
    return found ? (size_t)(found - bytes) : count;
}

size_t chdlc_escape(
    const uint8_t *bytes, size_t count, uint8_t flag, uint8_t escape, uint8_t mask, uint8_t *target) {
    uint8_t *end = target;
    size_t index = 0;
#if defined(__SSE2__)
    const __m128i flags = _mm_set1_epi8((char)flag), escapes = _mm_set1_epi8((char)escape);
    // Stores a whole block even where only its first bytes are wanted: the target has room for twice what is left.
    while (count - index >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(bytes + index));
        _mm_storeu_si128((__m128i *)end, block);
        __m128i special = _mm_or_si128(_mm_cmpeq_epi8(block, flags), _mm_cmpeq_epi8(block, escapes));
        unsigned marks = (unsigned)_mm_movemask_epi8(special);
        if (__builtin_expect(marks == 0, 1)) {
            index += 16;
            end += 16;
            continue;
        }
        size_t plain = (size_t)__builtin_ctz(marks);
        index += plain;
        end += plain;
        *end++ = escape;
        *end++ = bytes[index++] ^ mask;
    }
#endif
    for (; index < count; index++) {
        if (bytes[index] == flag || bytes[index] == escape) {
            *end++ = escape;
            *end++ = bytes[index] ^ mask;
        } else {
            *end++ = bytes[index];
        }
    }
    return (size_t)(end - target);
}
