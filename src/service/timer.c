/*
 * timer: a stopwatch. Invariant: its time is `run`, plus the time since `since` while it runs. It
 * counts microseconds, so that many short runs add up.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "service/args.h"
#include "service/rows.h"

/* Only the head of a longer word is kept, for the message. */
#define WORD_MOST ((size_t)64)
/* No more than the head of a word is kept. */
#define QUICK_BYTES 4096

struct timer {
	bool running;
	int64_t since; /* clock_us() of the start */
	int64_t run;   /* microseconds, up to the last stop */
};

struct request {
	struct timer *timer; /* borrowed */
	struct args args;
};

static void timer_start(struct timer *timer, struct dtree_result *result)
{
	if (!timer->running)
		timer->since = clock_us();
	timer->running = true;
	result_give(result, NULL, 0);
}

static void timer_stop(struct timer *timer, struct dtree_result *result)
{
	if (timer->running)
		timer->run += clock_us() - timer->since;
	timer->running = false;
	result_give(result, NULL, 0);
}

static void timer_time(struct timer *timer, struct dtree_result *result)
{
	int64_t run = timer->run + (timer->running ? clock_us() - timer->since : 0);
	cleanup_free char *text = mem_format("%" PRId64, run / 1000);

	result_give_copy(result, text);
}

static const struct {
	const char *word;
	void (*act)(struct timer *timer, struct dtree_result *result);
} words[] = {
    {"start", timer_start},
    {"stop", timer_stop},
    {"time", timer_time},
};

static void *timer_create(const struct dtree_node *node, char **why)
{
	(void)node;
	(void)why;
	return mem_new(sizeof(struct timer));
}

static void *timer_open(void *state)
{
	struct request *r = mem_new(sizeof *r);

	r->timer = state;
	r->args = (struct args){
	    .expected = "one of start, stop, time",
	    .least = 1,
	    .count = 1,
	    .arg = {{.what = "word", .most = WORD_MOST, .drop = true}},
	};
	return r;
}

static int timer_feed(void *request, const char *bytes, size_t n)
{
	struct request *r = request;

	return args_feed(&r->args, bytes, n);
}

static void timer_finish(void *request, struct dtree_result *result)
{
	struct request *r = request;
	const struct arg *word = &r->args.arg[0];
	cleanup_free char *shown = NULL;

	if (args_end(&r->args)) {
		result_refuse(result, &r->args.err);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].word) == word->size &&
		    memcmp(words[i].word, word->bytes, word->size) == 0) {
			words[i].act(r->timer, result);
			return;
		}
	shown = parse_printable(word->bytes, word->size < WORD_MOST ? word->size : WORD_MOST,
	                        ARGS_SHOWN);
	error_set(&r->args.err, ERR_SERVICE, "word '%s' is none of start, stop, time", shown);
	result_refuse(result, &r->args.err);
}

static void timer_close(void *request)
{
	struct request *r = request;

	args_free(&r->args);
	free(r);
}

const struct dtree_service service_timer = {
    .abi = DTREE_SERVICE_ABI,
    .name = "timer",
    .summary = "a stopwatch; time gives the milliseconds run so far",
    .usage = "start|stop|time",
    .create = timer_create,
    .destroy = free,
    .open = timer_open,
    .feed = timer_feed,
    .finish = timer_finish,
    .close = timer_close,
    .quick = QUICK_BYTES,
};
