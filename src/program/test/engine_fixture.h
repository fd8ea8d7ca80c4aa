/* An engine over real programs, and what it answers. */
#ifndef TEST_ENGINE_FIXTURE_H
#define TEST_ENGINE_FIXTURE_H

#include <ev.h>
#include <stdbool.h>

#include "program/engine.h"

#define ANSWERS 4096

struct program_watch;

struct given {
	bool here;
	enum answer_kind kind;
	char *text; /* NULL: there is none */
	size_t size;
	char *detail;   /* NULL: there is none */
	char *progress; /* the last; NULL: there was none */
	size_t progresses;
};

extern struct ev_loop *engine_loop;
extern struct engine *engine;
/* Who is told of the program; NULL: nobody. */
extern const struct program_watch *engine_watch;
/* By id, from 1. */
extern struct given given[ANSWERS];
/* How many were given, in all and before each id. */
extern size_t given_count;

void engine_set_up(void);
void engine_tear_down(void);
/* A service of that protocol: keys with their values, NULL behind the last. */
void engine_begin(const char *protocol, const char *const *keys);
/* The same takes the place of that one. */
void engine_reload(const char *protocol, const char *const *keys);
/* Asks: arguments, NULL behind the last. timeout_ms 0: none. */
void engine_put(uint64_t id, int64_t timeout_ms, const char *const *args);
/* The next of these has that traceparent. */
void engine_put_traceparent(const char *traceparent);
/* The same with an input that follows, whose progress is in fed. */
void engine_put_input(uint64_t id, const char *const *args);
/* What the process has taken of the newest input. */
struct fed {
	size_t taken;
	bool sated;
};
extern struct fed fed;
/* Runs the loop until so much of it was taken, or it wants no more. */
void engine_await_taken(size_t n);
/* Runs the loop until that one was answered. */
void engine_await(uint64_t id);
/* Lets the loop go on for so long: only for what must not happen. */
void engine_run(int64_t ms);
/* The engine ends in order, or the test fails. */
void engine_end_in_order(void);
/* It was answered like that: kind and text. */
void engine_expect(uint64_t id, enum answer_kind kind, const char *text);
/* It was answered with that detail; NULL: without one. */
void engine_expect_detail(uint64_t id, const char *detail);

#endif
