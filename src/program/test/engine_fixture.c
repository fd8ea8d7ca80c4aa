/* Owns the loop, the engine and the answers of one test. */
#include "engine_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/inherit.h"
#include "base/mem.h"
#include "program/program.h"

struct ev_loop *engine_loop;
struct engine *engine;
const struct program_watch *engine_watch;
struct given given[ANSWERS];
size_t given_count;

static bool done;
static uint64_t awaited;

static void on_answer(void *arg, uint64_t id, const struct answer *answer)
{
	(void)arg;
	cr_assert_lt(id, ANSWERS);
	cr_assert(!given[id].here, "request %llu was answered twice", (unsigned long long)id);
	given[id] = (struct given){.here = true,
	                           .kind = answer->kind,
	                           .text = answer->text,
	                           .size = answer->size,
	                           .detail = answer->detail,
	                           .progress = given[id].progress,
	                           .progresses = given[id].progresses};
	given_count++;
	if (id == awaited)
		ev_break(engine_loop, EVBREAK_ONE);
}

struct fed fed;
static bool awaits_taken;

static void on_taken(void *arg, uint64_t id, size_t n, bool sated)
{
	(void)arg;
	cr_assert(!given[id].here);
	cr_assert(!fed.sated || sated);
	fed.taken += n;
	fed.sated = sated;
	if (awaits_taken)
		ev_break(engine_loop, EVBREAK_ONE);
}

void engine_set_up(void)
{
	inherit_reset(INHERIT_WORKER);
	engine_loop = ev_loop_new(EVFLAG_AUTO);
}

void engine_tear_down(void)
{
	engine_free(engine);
	for (size_t i = 0; i < ANSWERS; i++) {
		free(given[i].text);
		free(given[i].detail);
		free(given[i].progress);
	}
	ev_loop_destroy(engine_loop);
}

static struct program_spec *spec_of(const char *protocol, const char *const *keys)
{
	struct program_spec *spec = mem_new(sizeof *spec);
	struct error err;

	program_spec_init(spec, "tried", "here:1");
	cr_assert_eq(program_spec_set(spec, "protocol", protocol, &err), 0, "%s", err.text);
	for (; *keys; keys += 2)
		cr_assert_eq(program_spec_set(spec, keys[0], keys[1], &err), 0, "%s", err.text);
	cr_assert_eq(program_spec_check(spec, &err), 0, "%s", err.text);
	return spec;
}

void engine_reload(const char *protocol, const char *const *keys)
{
	program_reload(engine, spec_of(protocol, keys));
}

static void on_progress(void *arg, uint64_t id, const char *json)
{
	(void)arg;
	cr_assert_lt(id, ANSWERS);
	cr_assert(!given[id].here, "request %llu has been answered", (unsigned long long)id);
	free(given[id].progress);
	given[id].progress = mem_string(json);
	given[id].progresses++;
}

void engine_begin(const char *protocol, const char *const *keys)
{
	engine = program_open(
	    engine_loop, spec_of(protocol, keys),
	    &(struct program_node){.id = 10, .durability = "full", .watch = engine_watch},
	    on_answer, NULL);
	engine_on_progress(engine, on_progress);
	engine_on_taken(engine, on_taken);
}

static const char *traceparent;

void engine_put_traceparent(const char *text)
{
	traceparent = text;
}

/* The arguments are all that is in *all. */
static struct engine_request request_of(uint64_t id, struct buffer *all)
{
	struct engine_request request = {.id = id,
	                                 .args = mem_copy(buffer_bytes(all), buffer_size(all)),
	                                 .size = buffer_size(all),
	                                 .traceparent =
	                                     traceparent ? mem_string(traceparent) : NULL};

	traceparent = NULL;
	buffer_free(all);
	return request;
}

void engine_put_input(uint64_t id, const char *const *args)
{
	struct engine_request request;
	struct buffer all = {0};

	for (; *args; args++)
		buffer_add(&all, *args, strlen(*args) + 1);
	fed = (struct fed){0};
	request = request_of(id, &all);
	engine_ask_input(engine, &request);
}

void engine_await_taken(size_t n)
{
	awaits_taken = true;
	while (fed.taken < n && !fed.sated)
		ev_run(engine_loop, 0);
	awaits_taken = false;
}

void engine_put(uint64_t id, int64_t timeout_ms, const char *const *args)
{
	struct engine_request request;
	struct buffer all = {0};

	for (; *args; args++)
		buffer_add(&all, *args, strlen(*args) + 1);
	request = request_of(id, &all);
	request.deadline = timeout_ms ? clock_ms() + timeout_ms : 0;
	engine_ask(engine, &request);
}

static void on_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(loop, EVBREAK_ONE);
}

void engine_run(int64_t ms)
{
	ev_timer over;

	ev_now_update(engine_loop);
	ev_timer_init(&over, on_over, (double)ms / 1000.0, 0.0);
	ev_timer_start(engine_loop, &over);
	ev_run(engine_loop, 0);
	ev_timer_stop(engine_loop, &over);
}

void engine_await(uint64_t id)
{
	awaited = id;
	if (!given[id].here)
		engine_run(20000);
	awaited = 0;
	cr_assert(given[id].here, "request %llu was not answered", (unsigned long long)id);
}

static void on_done(void *arg)
{
	(void)arg;
	done = true;
	ev_break(engine_loop, EVBREAK_ONE);
}

void engine_end_in_order(void)
{
	done = false;
	engine_finish(engine, on_done, NULL);
	if (!done)
		engine_run(20000);
	cr_assert(done, "the engine has not ended");
}

void engine_expect(uint64_t id, enum answer_kind kind, const char *text)
{
	engine_await(id);
	cr_assert_eq(given[id].kind, kind, "request %llu: %d: %s", (unsigned long long)id,
	             given[id].kind, given[id].text ? given[id].text : "(none)");
	if (!text)
		cr_assert_null(given[id].text);
	else
		cr_assert_str_eq(given[id].text, text);
}

void engine_expect_detail(uint64_t id, const char *detail)
{
	engine_await(id);
	if (!detail)
		cr_assert_null(given[id].detail);
	else
		cr_assert_str_eq(given[id].detail ? given[id].detail : "(none)", detail);
}
