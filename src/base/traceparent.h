/*
 * The traceparent of W3C Trace Context (level 2, https://www.w3.org/TR/trace-context-2/): which
 * trace a request belongs to, and which of its spans made it.
 */
#ifndef BASE_TRACEPARENT_H
#define BASE_TRACEPARENT_H

#include <stddef.h>

#include "base/error.h"

/* Bytes of one, in version 00: "00-", 32 digits, "-", 16 digits, "-", 2 digits. */
#define TRACEPARENT_SIZE 55
/* Where its fields begin. */
#define TRACEPARENT_TRACE  3
#define TRACEPARENT_PARENT 36
#define TRACEPARENT_FLAGS  53

/*
 * Reads one of any version but ff, and gives it as version 00 with the flags that this has, as one
 * who hands it on has to: 01, sampled, and 02, a random trace id. A NUL is behind it. -1 with
 * ERR_PARAMS that says what is wrong, and text as it was.
 */
int traceparent_read(const char *s, size_t n, char text[TRACEPARENT_SIZE + 1], struct error *err);

#endif
