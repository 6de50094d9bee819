#ifndef CHDLC_H
#define CHDLC_H

#include <stddef.h>
#include <stdint.h>

/*
 * The loops over the bytes of frames for which Swift has no vector instructions. Nothing here keeps memory or knows more
 * of the system than the processor.
 */

/* The index of the first byte with this value; `count` if there is none. */
size_t chdlc_find(const uint8_t *bytes, size_t count, uint8_t value);

/*
 * Copies bytes, with each `flag` and each `escape` replaced by an `escape` and the byte combined with `mask` by exclusive or.
 *
 * `target` has room for twice `count` bytes. Returns how many were written.
 */
size_t chdlc_escape(
    const uint8_t *bytes, size_t count, uint8_t flag, uint8_t escape, uint8_t mask, uint8_t *target);

enum { CHDLC_FOLDED_SIZE = 16 };

/*
 * Folds the first bytes of a message, a multiple of 16, into 16 bytes whose CRC-32 with a register of zero is the one
 * that they leave behind with the register `state` (polynomial EDB88320, reflected, no inversions).
 *
 * Returns how many bytes were folded: 0 for short messages, and on processors without the instructions.
 */
size_t chdlc_fold(uint32_t state, const uint8_t *bytes, size_t count, uint8_t folded[CHDLC_FOLDED_SIZE]);

#endif
