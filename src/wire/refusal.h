/*
 * The payload of a refused RESULT: the reason; or the reason, a NUL and the detail, which is one
 * JSON object with what is known beside the reason. Pure.
 */
#ifndef WIRE_REFUSAL_H
#define WIRE_REFUSAL_H

#include <stddef.h>

/* A longer reason is cut. */
#define REFUSAL_REASON_MAX ((size_t)4096)
/* A longer detail is left out. */
#define REFUSAL_DETAIL_MAX ((size_t)64 * 1024)
/* The largest payload that refusal_join() makes. */
#define REFUSAL_MAX (REFUSAL_REASON_MAX + 1 + REFUSAL_DETAIL_MAX)

struct refusal {
	const char *reason;
	size_t reason_size;
	const char *detail; /* NULL: there is none */
	size_t detail_size;
};

/* The payload, in new memory. A NUL in the reason becomes '?'. */
char *refusal_join(const struct refusal *refusal, size_t *size);
/* The parts of a payload; they point into it. The detail is as it came. */
struct refusal refusal_split(const char *payload, size_t size);

#endif
