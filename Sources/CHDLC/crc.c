// On x86-64, CRC-32 by carry-less multiplication: V. Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction", Intel, 2009. A block of 16 bytes times x^n is congruent to two products of its halves with constants, so a
// long message shrinks to 16 bytes without a table.

#include "CHDLC.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { BLOCK = 16, LANES = 4 };

static bool has_multiplication(void) {
    enum { UNKNOWN, NO, YES };
    static _Atomic int known = UNKNOWN;
    int state = atomic_load_explicit(&known, memory_order_relaxed);
    if (state == UNKNOWN) {
        unsigned a, b, c, d;
        bool supported = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_PCLMUL) != 0;
        state = supported ? YES : NO;
        atomic_store_explicit(&known, state, memory_order_relaxed);
    }
    return state == YES;
}

static __m128i load(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

// `factors`: in the lower half x^(n+32) mod P, in the upper half x^(n-32) mod P, both reflected and shifted by one bit,
// where n is the distance in bits from `block` to `next`.
__attribute__((target("pclmul"))) static __m128i fold(__m128i block, __m128i factors, __m128i next) {
    __m128i low = _mm_clmulepi64_si128(block, factors, 0x00);
    __m128i high = _mm_clmulepi64_si128(block, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul"))) static size_t fold_all(
    uint32_t state, const uint8_t *bytes, size_t count, uint8_t *folded) {
    const __m128i far = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i near = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    __m128i lanes[LANES];
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = load(bytes + lane * BLOCK);
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128((int)state));
    size_t index = LANES * BLOCK;
    for (; count - index >= LANES * BLOCK; index += LANES * BLOCK) {
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = fold(lanes[lane], far, load(bytes + index + (size_t)lane * BLOCK));
        }
    }
    __m128i rest = lanes[0];
    for (int lane = 1; lane < LANES; lane++) rest = fold(rest, near, lanes[lane]);
    for (; count - index >= BLOCK; index += BLOCK) rest = fold(rest, near, load(bytes + index));
    _mm_storeu_si128((__m128i *)folded, rest);
    return index;
}

size_t chdlc_fold(uint32_t state, const uint8_t *bytes, size_t count, uint8_t *folded) {
    if (count < LANES * BLOCK || !has_multiplication()) return 0;
    return fold_all(state, bytes, count, folded);
}

#elif defined(__aarch64__) && defined(__linux__)

#include <arm_acle.h>
#include <asm/hwcap.h>
#include <string.h>
#include <sys/auxv.h>

enum { BLOCK = 16 };

__attribute__((target("crc"))) static uint32_t update(uint32_t state, const uint8_t *bytes, size_t count) {
    for (size_t index = 0; index < count; index += 8) {
        uint64_t word;
        memcpy(&word, bytes + index, sizeof word);
        state = __crc32d(state, word);
    }
    return state;
}

// The processor's instruction takes in all blocks but the last. The register that they leave behind enters the last
// block by exclusive or with its first four bytes.
size_t chdlc_fold(uint32_t state, const uint8_t *bytes, size_t count, uint8_t *folded) {
    if (count < 2 * BLOCK || !(getauxval(AT_HWCAP) & HWCAP_CRC32)) return 0;
    size_t last = (count / BLOCK - 1) * BLOCK;
    uint32_t left = update(state, bytes, last);
    memcpy(folded, bytes + last, BLOCK);
    for (int index = 0; index < 4; index++) folded[index] ^= (uint8_t)(left >> 8 * index);
    return last + BLOCK;
}

#else

size_t chdlc_fold(uint32_t state, const uint8_t *bytes, size_t count, uint8_t *folded) {
    (void)state, (void)bytes, (void)count, (void)folded;
    return 0;
}

#endif
