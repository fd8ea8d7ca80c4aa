/*
 * A process for each request: the command with the request's arguments behind it. Its standard
 * output, less one last newline, is the result; its exit status says whether it is one.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "program/detail.h"
#include "program/internal.h"
#include "program/orphans.h"

/* What exec(2) takes: 32 pages for one string, and as much as this for all by default, of which the
 * environment takes its part. */
#define RUN_ARGS_MAX ((size_t)1024 * 1024)

static bool run_ready(struct engine *e)
{
	(void)e;
	return true;
}

/* Tells what the process has taken of its input since that was told last. */
static void run_tell_taken(struct engine *e, struct call *call)
{
	struct call_input *in = &call->input;
	size_t taken = in->given - subprocess_unsent(call->subprocess) - in->taken;
	bool sated = subprocess_input_closed(call->subprocess) && !in->whole;

	in->taken += taken;
	if (e->taken && (taken || (sated && !in->sated)))
		e->taken(e->arg, call->id, taken, sated);
	in->sated = sated;
}

static void run_input(struct engine *e, struct call *call)
{
	struct call_input *in = &call->input;
	size_t n = buffer_size(&in->parts);

	in->given += n;
	if (n)
		subprocess_write(call->subprocess, buffer_bytes(&in->parts), n);
	buffer_free(&in->parts);
	in->parts = (struct buffer){0};
	run_tell_taken(e, call);
	if (in->whole)
		subprocess_close_input(call->subprocess);
}

static void run_on_taken(void *arg)
{
	struct call *call = arg;

	if (call->input.used && call->phase == CALL_RUNNING)
		run_tell_taken(call->engine, call);
}

static void run_on_output(void *arg, const char *bytes, size_t n)
{
	struct call *call = arg;

	engine_wrote(call);
	if (call->too_large || call->phase != CALL_RUNNING)
		return;
	if (buffer_size(&call->result) + n > (size_t)call->engine->spec->reply_max ||
	    !buffer_try(&call->result, n)) {
		call->too_large = true;
		subprocess_stop(call->subprocess, true);
		return;
	}
	buffer_add(&call->result, bytes, n);
}

static void run_succeed(struct engine *e, struct call *call)
{
	size_t size = buffer_size(&call->result);
	char *text = NULL;

	if (size && buffer_bytes(&call->result)[size - 1] == '\n')
		size--;
	if (buffer_size(&call->result))
		text = mem_copy(buffer_bytes(&call->result), size);
	engine_answer(e, call, &(struct answer){.kind = ANSWER_DONE, .text = text, .size = size});
}

static void run_refuse(struct engine *e, struct call *call, const struct subprocess_end *end)
{
	cleanup_free char *word = subprocess_last_word(call->subprocess);
	cleanup_free char *why =
	    *word ? mem_format("%s (%s)", word, end->cause) : mem_string(end->cause);

	engine_fail(e, call, ANSWER_REFUSED, why, detail_of_end(end));
}

static void run_on_ended(void *arg, const struct subprocess_end *end)
{
	struct call *call = arg;
	struct engine *e = call->engine;
	const bool aside = call->aside;
	cleanup_free char *why = NULL;

	orphans_remove(e->orphans, subprocess_pid(call->subprocess));
	if (call->phase != CALL_RUNNING) {
		engine_drop(e, call);
	} else if (call->too_large) {
		why = mem_format("its answer has more than %lld bytes",
		                 (long long)e->spec->reply_max);
		engine_fail(e, call, ANSWER_UNKNOWN, why, NULL);
	} else if (end->ok) {
		run_succeed(e, call);
	} else {
		run_refuse(e, call, end);
	}
	if (!aside)
		announce_running(&e->announce, (size_t)e->begun_count);
	engine_pump(e);
}

static const struct subprocess_handlers run_handlers = {
    .taken = run_on_taken,
    .output = run_on_output,
    .ended = run_on_ended,
};

/* The command, with the arguments behind it: the strings are borrowed. */
static char **run_words(const struct program_spec *spec, const struct call *call)
{
	size_t count = 0;
	size_t words = 0;
	char **argv;

	while (spec->command[words])
		words++;
	for (size_t i = 0; i < call->size; i++)
		count += call->args[i] == '\0';
	argv = mem_new_array(words + count + 1, sizeof *argv);
	memcpy(argv, spec->command, words * sizeof *argv);
	for (char *at = call->args; at < call->args + call->size; at += strlen(at) + 1)
		argv[words++] = at;
	return argv;
}

static void run_begin(struct engine *e, struct call *call)
{
	struct program_node node = e->node;
	cleanup_free char **argv = NULL;
	struct error err;

	if (call->size > RUN_ARGS_MAX) {
		engine_fail(e, call, ANSWER_NOT_RUN, "its arguments have more than 1048576 bytes",
		            NULL);
		return;
	}
	argv = run_words(e->spec, call);
	node.traceparent = call->traceparent;
	call->subprocess =
	    subprocess_start(e->loop, e->spec, &node, argv, &run_handlers, call, &err);
	if (!call->subprocess) {
		engine_fail(e, call, ANSWER_NOT_RUN, err.text, NULL);
		return;
	}
	call->times.pid = subprocess_pid(call->subprocess);
	orphans_add(e->orphans, call->times.pid);
	if (!call->aside)
		announce_running(&e->announce, (size_t)e->begun_count);
	if (call->input.used)
		run_input(e, call);
	else
		subprocess_close_input(call->subprocess);
}

static void run_abandon(struct engine *e, struct call *call)
{
	(void)e;
	subprocess_stop(call->subprocess, true);
}

/* subprocess_stop() has killed it by now; its end is about to be seen. */
static void run_give_up(struct engine *e, struct call *call)
{
	(void)e;
	(void)call;
}

static void run_hold(struct engine *e, bool hold)
{
	struct call *call;

	DL_FOREACH (e->begun, call) {
		if (call->subprocess)
			subprocess_pause(call->subprocess, hold);
	}
}

static bool run_end(struct engine *e)
{
	(void)e;
	return true;
}

const struct host host_run = {
    .ready = run_ready,
    .begin = run_begin,
    .abandon = run_abandon,
    .input = run_input,
    .give_up = run_give_up,
    .hold = run_hold,
    .end = run_end,
};
