#include "wire/trace_ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

/* The numbers of splitmix64 differ as long as those that it is given do. */
static uint64_t trace_ids_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t trace_ids_span(const struct trace_ids *ids, size_t number)
{
	uint64_t id =
	    trace_ids_mix(ids->seed + ((uint64_t)number + 1) * UINT64_C(0x9e3779b97f4a7c15));

	/* Only one of all numbers is 0: this one may be that of another span then. */
	return id ? id : 1;
}

/* Where the kernel gives no random number it is made of the clock. */
static uint64_t trace_ids_random(void)
{
	uint64_t number;

	if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
		number = trace_ids_mix((uint64_t)clock_wall_us());
	return number;
}

void trace_ids_make(struct trace_ids *ids, const char *traceparent)
{
	*ids = (struct trace_ids){.flags = "01", .seed = trace_ids_random()};
	if (traceparent) {
		memcpy(ids->trace, traceparent + TRACEPARENT_TRACE, 32);
		memcpy(ids->parent, traceparent + TRACEPARENT_PARENT, 16);
		memcpy(ids->flags, traceparent + TRACEPARENT_FLAGS, 2);
		return;
	}
	/* Not 0, as an id has to be. */
	snprintf(ids->trace, sizeof ids->trace, "%016" PRIx64 "%016" PRIx64, trace_ids_random(),
	         trace_ids_random() | 1);
}

void trace_ids_traceparent(const struct trace_ids *ids, size_t number,
                           char text[TRACEPARENT_SIZE + 1])
{
	snprintf(text, TRACEPARENT_SIZE + 1, "00-%s-%016" PRIx64 "-%s", ids->trace,
	         trace_ids_span(ids, number), ids->flags);
}
