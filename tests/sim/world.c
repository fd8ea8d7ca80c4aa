/* Owns the clock, the queue (a heap by time and number), the random numbers and the log. */
#include "sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The clock is never 0, and so much above it that what was before the start is positive. */
#define BEGIN (1000 * SECOND)

struct happening {
	int64_t when;
	uint64_t order;
	world_fn *fn;
	void *arg;
	uint64_t number;
};

static struct {
	int64_t now;
	struct happening *heap;
	size_t count;
	size_t room;
	uint64_t orders;
	uint64_t steps;
	uint64_t state[2];
	uint64_t hash;
	bool failed;
	char failure[1200];
} world;

static FILE *trace;
static bool trace_debug;

/* splitmix64: a seed of few bits becomes a state of many. */
static uint64_t spread(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void world_begin(uint64_t seed)
{
	free(world.heap);
	memset(&world, 0, sizeof world);
	world.now = BEGIN;
	world.state[0] = spread(&seed);
	world.state[1] = spread(&seed);
	world.hash = UINT64_C(0xcbf29ce484222325);
}

void world_end(void)
{
	free(world.heap);
	world.heap = NULL;
	world.count = world.room = 0;
}

int64_t world_now(void)
{
	return world.now;
}

static bool is_before(const struct happening *a, const struct happening *b)
{
	return a->when < b->when || (a->when == b->when && a->order < b->order);
}

void world_at(int64_t when, world_fn *fn, void *arg, uint64_t number)
{
	struct happening it = {.when = when > world.now ? when : world.now,
	                       .order = ++world.orders,
	                       .fn = fn,
	                       .arg = arg,
	                       .number = number};
	size_t at = world.count++;

	if (world.count > world.room) {
		world.room = world.room ? 2 * world.room : 1024;
		world.heap = mem_resize(world.heap, world.room * sizeof *world.heap);
	}
	while (at && is_before(&it, &world.heap[(at - 1) / 2])) {
		world.heap[at] = world.heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	world.heap[at] = it;
}

static struct happening take_first(void)
{
	struct happening first = world.heap[0];
	struct happening last = world.heap[--world.count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= world.count)
			break;
		if (child + 1 < world.count &&
		    is_before(&world.heap[child + 1], &world.heap[child]))
			child++;
		if (!is_before(&world.heap[child], &last))
			break;
		world.heap[at] = world.heap[child];
		at = child;
	}
	if (world.count)
		world.heap[at] = last;
	return first;
}

bool world_step(int64_t until)
{
	struct happening it;

	if (!world.count || world.heap[0].when > until) {
		world.now = until > world.now ? until : world.now;
		return false;
	}
	it = take_first();
	world.now = it.when;
	world.steps++;
	world_mix((uint64_t)it.when);
	it.fn(it.arg, it.number);
	return true;
}

uint64_t world_steps(void)
{
	return world.steps;
}

/* xorshift128+ */
static uint64_t next_random(void)
{
	uint64_t a = world.state[0];
	uint64_t b = world.state[1];

	world.state[0] = b;
	a ^= a << 23;
	world.state[1] = a ^ b ^ a >> 18 ^ b >> 5;
	return world.state[1] + b;
}

uint64_t world_random(uint64_t below)
{
	return (next_random() >> 11) % below;
}

int64_t world_between(int64_t low, int64_t high)
{
	return low + (int64_t)world_random((uint64_t)(high - low) + 1);
}

bool world_chance(unsigned per_mille)
{
	return world_random(1000) < per_mille;
}

void world_mix(uint64_t value)
{
	world.hash = (world.hash ^ value) * UINT64_C(0x100000001b3);
	world.hash ^= world.hash >> 29;
}

static void mix_text(const char *text)
{
	for (; *text; text++)
		world.hash = (world.hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
}

void world_log(const char *who, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	if (!trace)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	mix_text(line);
	fprintf(trace, "%4" PRId64 ".%06" PRId64 " %s: %s\n", (world.now - BEGIN) / SECOND,
	        (world.now - BEGIN) % SECOND, who ? who : "world", line);
}

void world_trace(FILE *to, bool debug)
{
	trace = to;
	trace_debug = to && debug;
}

bool world_traces(void)
{
	return trace;
}

bool world_traces_debug(void)
{
	return trace_debug;
}

uint64_t world_hash(void)
{
	return world.hash;
}

void world_fail(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	world_log(NULL, "WRONG: %s", text);
	if (!world.failed)
		snprintf(world.failure, sizeof world.failure, "%" PRId64 ".%06" PRId64 " %s",
		         (world.now - BEGIN) / SECOND, (world.now - BEGIN) % SECOND, text);
	world.failed = true;
}

const char *world_failure(void)
{
	return world.failed ? world.failure : NULL;
}
