/* Owns the engine and its subprocess, of one input. */
#include "program.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "program/orphans.h"
#include "program/program.h"
#include "program/subprocess.h"

#define STEP 0xfe

struct subprocess {
	const struct subprocess_handlers *handlers;
	void *arg;
	size_t unsent;
	bool stopped; /* it is to end */
	bool closed;  /* its output is */
	bool paused;
};

static struct ev_loop *loop;
static struct engine *engine;
static struct subprocess *subprocess; /* borrowed; NULL: none runs */
static struct buffer said;            /* in this life, and heard */
static size_t taken;                  /* of it, by program_line() */
static size_t unended;                /* bytes since the last line end */
static struct buffer held;            /* not read yet */
static const struct program_run *now;
static size_t asked;
static size_t answered;
static bool is_answered[PROGRAM_CALLS];
static bool done;

/* In place of program/subprocess.c: when something is added there, it is here, too. */

struct subprocess *subprocess_start(struct ev_loop *of, const struct program_spec *spec,
                                    const struct program_node *node, char *const *argv,
                                    const struct subprocess_handlers *handlers, void *arg,
                                    struct error *err)
{
	(void)of;
	(void)spec;
	(void)node;
	(void)argv;
	(void)err;
	CHECK(!subprocess);
	subprocess = mem_new(sizeof *subprocess);
	subprocess->handlers = handlers;
	subprocess->arg = arg;
	buffer_take(&said, buffer_size(&said));
	taken = unended = 0;
	return subprocess;
}

void subprocess_free(struct subprocess *c)
{
	if (!c)
		return;
	CHECK(c == subprocess);
	subprocess = NULL;
	free(c);
}

pid_t subprocess_pid(const struct subprocess *c)
{
	(void)c;
	return 1;
}

char *subprocess_last_word(const struct subprocess *c)
{
	(void)c;
	return mem_string("");
}

void subprocess_say(struct subprocess *c, enum log_level level, const char *text, size_t n)
{
	CHECK(c == subprocess && log_level_known(level) && (text || !n));
}

void subprocess_write(struct subprocess *c, const char *bytes, size_t n)
{
	CHECK(c == subprocess && !memchr(bytes, '\0', n));
	c->unsent += n;
}

size_t subprocess_unsent(const struct subprocess *c)
{
	return c->unsent;
}

/* These stay, and have their input as long as they run. */
bool subprocess_input_closed(const struct subprocess *c)
{
	return c->stopped;
}

void subprocess_close_input(struct subprocess *c)
{
	CHECK(c == subprocess);
}

void subprocess_gather(struct subprocess *c, bool few)
{
	(void)few;
	CHECK(c == subprocess && !c->stopped);
}

void subprocess_pause(struct subprocess *c, bool pause)
{
	c->paused = pause;
}

void subprocess_stop(struct subprocess *c, bool at_once)
{
	(void)at_once;
	CHECK(c == subprocess);
	c->stopped = true;
}

/* In place of program/orphans.c, which would end what a sanitizer starts. */

struct orphans *orphans_new(struct ev_loop *of)
{
	(void)of;
	return NULL;
}

void orphans_free(struct orphans *o)
{
	CHECK(!o);
}

void orphans_add(struct orphans *o, pid_t program)
{
	CHECK(!o && program == 1);
}

void orphans_remove(struct orphans *o, pid_t program)
{
	CHECK(!o && program == 1);
}

static void program_on_answer(void *arg, uint64_t id, const struct answer *answer)
{
	(void)arg;
	CHECK(id < asked && !is_answered[id]);
	is_answered[id] = true;
	answered++;
	CHECK(answer->text || !answer->size);
	now->answered((size_t)id, answer);
	free(answer->text);
	free(answer->detail);
}

static void on_done(void *arg)
{
	(void)arg;
	done = true;
}

static void let_end(void)
{
	struct subprocess_end end = {.status = 3, .cause = "exit status 3"};

	if (subprocess)
		subprocess->handlers->ended(subprocess->arg, &end);
}

/* A copy, so that a sanitizer finds reads past the piece. */
static void hear(const char *bytes, size_t n)
{
	cleanup_free char *copy = mem_copy(bytes, n);

	if (!subprocess || subprocess->closed || subprocess->stopped)
		return;
	buffer_add(&said, bytes, n);
	for (size_t i = 0; i < n; i++)
		unended = bytes[i] == '\n' ? 0 : unended + 1;
	subprocess->handlers->output(subprocess->arg, copy, n);
	CHECK(!subprocess || subprocess->stopped || !now->line_max || unended <= now->line_max);
	if (!n && subprocess)
		subprocess->closed = true;
}

static void ask(void)
{
	struct buffer args = {0};

	if (asked == PROGRAM_CALLS)
		return;
	for (const char *const *word = now->args; *word; word++)
		buffer_add(&args, *word, strlen(*word) + 1);
	engine_ask(engine, &(struct engine_request){
	                       .id = asked++,
	                       .args = mem_copy(buffer_bytes(&args), buffer_size(&args)),
	                       .size = buffer_size(&args)});
	buffer_free(&args);
}

static void step(uint8_t what)
{
	static size_t cancelled;

	if (what == 'a') {
		ask();
	} else if (what == 'c') {
		cancelled = asked && cancelled < asked ? cancelled : 0;
		engine_cancel(engine, cancelled++);
	} else if (what == 'h' || what == 'g') {
		engine_hold(engine, what == 'h');
	} else if (what == 'x') {
		let_end();
	} else if (what == 'o') {
		hear(NULL, 0);
	} else {
		buffer_add(&held, &what, 1);
	}
}

/* Everything that was written comes in pieces, in front of the next step. */
static void hear_all(struct cuts *cuts)
{
	const char *bytes = buffer_bytes(&held);
	size_t left = buffer_size(&held);

	while (left && subprocess && !subprocess->paused && !subprocess->stopped) {
		size_t n = cuts_next(cuts, left);
		/* What it was sent it has read. */
		subprocess->unsent = 0;
		hear(bytes, n);
		bytes += n;
		left -= n;
	}
	buffer_take(&held, buffer_size(&held) - (subprocess && subprocess->paused ? left : 0));
}

static void open_engine(void)
{
	struct program_spec *spec = mem_new(sizeof *spec);
	struct error err;

	program_spec_init(spec, "tried", "here:1");
	CHECK(program_spec_set(spec, "protocol", now->protocol, &err) == 0);
	for (const char *const *key = now->keys; *key; key += 2)
		CHECK(program_spec_set(spec, key[0], key[1], &err) == 0);
	CHECK(program_spec_check(spec, &err) == 0);
	engine = program_open(loop, spec, &(struct program_node){.id = 10, .durability = "full"},
	                      program_on_answer, NULL);
	ev_run(loop, EVRUN_NOWAIT);
	CHECK(subprocess);
}

/* Whatever was said, the end is in order, and nobody is left without an answer. Those that have not
 * begun would wait for the next start of the program. */
static void end_engine(void)
{
	engine_hold(engine, false);
	let_end();
	for (size_t id = 0; id < asked; id++)
		engine_cancel(engine, id);
	engine_finish(engine, on_done, NULL);
	for (int i = 0; i < 4 && !done; i++)
		let_end();
	CHECK(done && answered == asked);
	engine_free(engine);
	CHECK(!subprocess);
}

void program_run(const struct program_run *run, const uint8_t *data, size_t size, struct cuts *cuts)
{
	log_open("fuzz", LOG_LEVEL_ERROR);
	loop = ev_loop_new(EVFLAG_AUTO);
	now = run;
	asked = answered = 0;
	done = false;
	memset(is_answered, 0, sizeof is_answered);
	open_engine();
	for (size_t i = 0; i < size; i++) {
		if (data[i] != STEP) {
			buffer_add(&held, &data[i], 1);
		} else if (i + 1 < size) {
			hear_all(cuts);
			step(data[++i]);
		}
	}
	hear_all(cuts);
	end_engine();
	buffer_free(&said);
	buffer_free(&held);
	said = held = (struct buffer){0};
	ev_loop_destroy(loop);
}

bool program_line(const char **line, size_t *n)
{
	const char *at = taken < buffer_size(&said) ? buffer_bytes(&said) + taken : NULL;
	const char *end = !at ? NULL : memchr(at, '\n', buffer_size(&said) - taken);

	if (!end)
		return false;
	*line = at;
	*n = (size_t)(end - at);
	taken += *n + 1;
	if (*n && at[*n - 1] == '\r')
		--*n;
	return true;
}
