#include "CMachine.h"

#include <stddef.h>

static int word_count;
static char **words;

// Swift's own CommandLine reads the words from /proc on Linux, and without /proc there seem to be none. glibc passes them to
// each constructor.
__attribute__((constructor)) static void keep_words(int count, char **values) {
    word_count = count;
    words = values;
}

int cmachine_argument_count(void) {
    return word_count;
}

const char *cmachine_argument_word(int index) {
    return index >= 0 && index < word_count ? words[index] : NULL;
}
