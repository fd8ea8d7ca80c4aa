/*
 * Strict parsing of text from people and peers. Nothing is rounded, clamped, or partly read: the
 * whole text is a valid value, or it is an error. All functions take a length; no NUL is needed.
 */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

/* The controller's own id, which no node can have. */
#define NODE_CONTROLLER (-1)

/* `[+-]?[0-9]+` within 64 bits: 0, else -1 and *value as it was. */
int parse_int64(const char *s, size_t n, int64_t *value);

/*
 * A node's id, `-?(0|[1-9][0-9]*)` within 32 bits. -1 is an error here; parse_parent takes it too.
 * `what` names the field in the error ("id", "parent"); the code is ERR_PARAMS.
 */
int parse_id(const char *s, size_t n, const char *what, int *id, struct error *err);
int parse_parent(const char *s, size_t n, const char *what, int *id, struct error *err);
/* The range of these two: -1 is in it. */
bool parse_fits_id(int64_t value);

/* `[0-9]+` in min..max: 0, else -1 with an ERR_PARAMS that names `what` and the bounds. */
int parse_range(const char *s, size_t n, const char *what, int64_t min, int64_t max, int64_t *value,
                struct error *err);

/* Seconds, `[0-9]+(\.[0-9]{1,3})?`, as milliseconds, from 1 to `most`: 0, else -1 and *ms as it
 * was.
 */
int parse_seconds(const char *s, size_t n, int64_t most, int64_t *ms);

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF)? */
bool parse_utf8(const char *s, size_t n);

/*
 * A form of s that is safe to print: control bytes and what is not UTF-8 as \xHH, cut to about
 * `most` bytes with "..." behind. New memory, owned by the caller.
 */
char *parse_printable(const char *s, size_t n, size_t most);
/* Adds all of s in a form of one line that is safe to print: control bytes as C writes them, \n,
 * \r, \t and so on, other ones and what is not UTF-8 as \xHH. */
void parse_escape(struct buffer *out, const char *s, size_t n);

#endif
