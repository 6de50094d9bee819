#ifndef CTOML_H
#define CTOML_H

#include <stddef.h>
#include <stdint.h>

/*
 * TOML documents for Swift, by the C++ library toml++: a document is a list of its nodes, each before what it
 * contains. C++ exceptions do not come out of here.
 */

#ifdef __cplusplus
extern "C" {
#endif

enum ctoml_kind {
    CTOML_TABLE = 0,
    CTOML_ARRAY = 1,
    CTOML_STRING = 2,
    CTOML_INTEGER = 3,
    CTOML_FLOAT = 4,
    CTOML_BOOLEAN = 5,
    CTOML_TIME = 6,
};

struct ctoml_node {
    enum ctoml_kind kind;
    /* What stands in the document itself has depth 0. */
    uint32_t depth;
    /* The line of the key, from 1; in an array, the line of the value. */
    uint32_t line;
    /* UTF-8 without a terminating zero; empty in an array. */
    const char *key;
    size_t key_count;
    /* The value: a string as it is, numbers in decimal, true or false; empty for the other kinds. */
    const char *text;
    size_t text_count;
};

struct ctoml_document;

/* NULL when memory is short. Anything else must be given to ctoml_free, also after a syntax error. */
struct ctoml_document *ctoml_parse(const char *bytes, size_t count);
void ctoml_free(struct ctoml_document *document);

/* What is wrong with the syntax, and in which line; NULL for a document without error. */
const char *ctoml_error(const struct ctoml_document *document, uint32_t *line);

size_t ctoml_node_count(const struct ctoml_document *document);
/* `index` must be below the count. The strings live as long as the document. */
struct ctoml_node ctoml_node_at(const struct ctoml_document *document, size_t index);

#ifdef __cplusplus
}
#endif

#endif
