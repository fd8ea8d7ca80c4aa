/*
 * Tries a line service: it looks at what the program writes as it comes, so that it can tell lines
 * that are late, too many, or not ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "program/checking.h"
#include "program/remedy.h"
#include "program/subprocess.h"

/* Before the first request: a greeting comes in this time. */
#define GREETING_MS 300
/* So long what is kept back may take to come once its standard input has ended. */
#define LAST_MS 2000
#define SHOWN   200

struct line_check {
	const struct checking *c;
	struct subprocess *subprocess;
	struct buffer out;
	bool closed; /* its standard output */
	bool ended;
	char cause[64];
};

static void line_check_on_output(void *arg, const char *bytes, size_t n)
{
	struct line_check *l = arg;

	/* What floods is seen to say too much without all of it. */
	if (!n)
		l->closed = true;
	else if (buffer_size(&l->out) < (size_t)l->c->spec->reply_max)
		buffer_add(&l->out, bytes, n);
}

static void line_check_on_ended(void *arg, const struct subprocess_end *end)
{
	struct line_check *l = arg;

	l->ended = true;
	snprintf(l->cause, sizeof l->cause, "%s", end->cause);
}

static const struct subprocess_handlers line_check_handlers = {
    .output = line_check_on_output,
    .ended = line_check_on_ended,
};

/* Bytes of the first whole line, with its end; 0: there is none. */
static size_t line_check_first(const struct line_check *l)
{
	const char *bytes = buffer_bytes(&l->out);
	const char *end = bytes ? memchr(bytes, '\n', buffer_size(&l->out)) : NULL;

	return end ? (size_t)(end - bytes) + 1 : 0;
}

/* Bytes of the answer that is there, with that to the sentinel; 0: it is not whole. */
static size_t line_check_answer(const struct line_check *l)
{
	const char *wanted = l->c->spec->sentinel ? l->c->spec->sentinel_answer : NULL;
	const char *bytes = buffer_bytes(&l->out);
	size_t size = buffer_size(&l->out);

	if (!wanted)
		return line_check_first(l);
	for (size_t at = 0; at < size;) {
		const char *end = memchr(bytes + at, '\n', size - at);
		size_t n = end ? (size_t)(end - bytes) - at : 0;
		if (!end)
			return 0;
		if (n && bytes[at + n - 1] == '\r')
			n--;
		if (n == strlen(wanted) && memcmp(bytes + at, wanted, n) == 0)
			return (size_t)(end - bytes) + 1;
		at = (size_t)(end - bytes) + 1;
	}
	return 0;
}

static bool line_check_there(void *arg)
{
	const struct line_check *l = arg;

	return l->ended || line_check_answer(l);
}

static bool line_check_over(void *arg)
{
	const struct line_check *l = arg;

	return l->ended;
}

static bool line_check_any(void *arg)
{
	const struct line_check *l = arg;

	return l->ended || buffer_size(&l->out);
}

/* Takes n bytes: the first of them, so many, printable and without the last line end. New memory.
 */
static char *line_check_take_of(struct line_check *l, size_t n, size_t shown)
{
	const char *bytes = buffer_bytes(&l->out);
	char *text;

	if (shown && bytes[shown - 1] == '\n')
		shown--;
	text = parse_printable(bytes ? bytes : "", shown, SHOWN);
	buffer_take(&l->out, n);
	return text;
}

static char *line_check_take(struct line_check *l, size_t n)
{
	return line_check_take_of(l, n, n);
}

/* Of the n bytes of an answer those before the last line, which answers the sentinel. */
static size_t line_check_before_sentinel(const struct line_check *l, size_t n)
{
	const char *bytes = buffer_bytes(&l->out);

	for (n--; n && bytes[n - 1] != '\n';)
		n--;
	return n;
}

static void line_check_send(struct line_check *l, char *const *args)
{
	cleanup_free char *line = checking_line(args);
	cleanup_free char *all = l->c->spec->sentinel
	                             ? mem_format("%s\n%s\n", line, l->c->spec->sentinel)
	                             : mem_format("%s\n", line);

	subprocess_write(l->subprocess, all, strlen(all));
}

static bool line_check_died(struct line_check *l)
{
	cleanup_free char *word = subprocess_last_word(l->subprocess);

	return checking_fault(
	    l->c, mem_format(*word ? "it ended: %s (%s)" : "it ended: %s", l->cause, word), NULL);
}

/* Something stands in its output behind what was answered, or before anything was asked. */
static bool line_check_rest(struct line_check *l)
{
	size_t line = line_check_first(l);
	cleanup_free char *shown = line_check_take(l, line ? line : buffer_size(&l->out));

	if (line)
		return checking_fault(
		    l->c,
		    mem_format("it answers with more than one line; the second is '%s'", shown),
		    remedy_counted(l->c->spec));
	return checking_fault(l->c, mem_format("it writes a prompt, '%s', which is no line", shown),
	                      remedy_prompt(l->c->spec));
}

/* Why does nothing come? It is asked once more, and then its input ends. */
static bool line_check_explain(struct line_check *l, size_t said)
{
	const struct checking *c = l->c;
	const struct remedy *r = remedy_find(c->spec);

	if (l->ended)
		return line_check_died(l);
	if (l->closed)
		return checking_fault(c, mem_string("it has closed its standard output"), NULL);
	if (buffer_size(&l->out) && !line_check_first(l))
		return checking_fault(c, mem_string("its answer has no line end"), NULL);
	if (checking_said() > said)
		return checking_fault(c, mem_string("it answers on standard error"),
		                      r && r->own ? mem_string(r->own) : remedy_counted(c->spec));
	line_check_send(l, c->good);
	if (checking_await(c, CHECK_ANSWER_MS, line_check_there, l) && !l->ended)
		return checking_fault(c, mem_string("each answer comes with the next request only"),
		                      mem_string("another program"));
	subprocess_close_input(l->subprocess);
	if (checking_await(c, LAST_MS, line_check_any, l) && buffer_size(&l->out))
		return checking_fault(
		    c,
		    mem_string("its answers come at the end of its input only: it keeps its "
		               "output back"),
		    remedy_buffered(c->spec));
	return checking_fault(c, mem_string("it does not answer"),
	                      r ? remedy_buffered(c->spec) : NULL);
}

static void line_check_fill(struct line_check *l, struct check_step *step, int64_t start,
                            size_t said)
{
	const struct program_spec *spec = l->c->spec;
	size_t n = l->ended && !line_check_answer(l) ? 0 : line_check_answer(l);

	step->ms = clock_ms() - start;
	if (checking_said() > said)
		step->said = checking_word();
	if (!n)
		return;
	step->answer =
	    line_check_take_of(l, n, spec->sentinel ? line_check_before_sentinel(l, n) : n);
	step->end = CHECK_ANSWERED;
	if (spec->error_prefix &&
	    strncmp(step->answer, spec->error_prefix, strlen(spec->error_prefix)) == 0)
		step->end = CHECK_REFUSED;
}

static bool line_check_ask(struct line_check *l, const char *what, int64_t limit)
{
	struct check_step *step = checking_step(l->c, what, l->c->good);
	const int64_t start = clock_ms();
	size_t said = checking_said();

	line_check_send(l, l->c->good);
	checking_await(l->c, limit, line_check_there, l);
	line_check_fill(l, step, start, said);
	if (step->end == CHECK_SILENT)
		return line_check_explain(l, said);
	checking_await(l->c, CHECK_SETTLE_MS, line_check_any, l);
	return !buffer_size(&l->out) || line_check_rest(l);
}

/* False: the check is over. */
static bool line_check_error(struct line_check *l)
{
	const struct checking *c = l->c;
	struct check_step *step = checking_step(c, "error", c->bad);
	const int64_t start = clock_ms();
	size_t said = checking_said();

	line_check_send(l, c->bad);
	checking_await(c, CHECK_ANSWER_MS, line_check_there, l);
	line_check_fill(l, step, start, said);
	if (step->end == CHECK_ANSWERED && !c->spec->error_prefix)
		checking_note(c,
		              mem_string(step->said ? "why a request failed is on standard error "
		                                      "only, in the node's log"
		                                    : "an error is a result as others are; "
		                                      "error-prefix can mark it"));
	checking_await(c, CHECK_SETTLE_MS, line_check_over, l);
	if (l->ended) {
		checking_note(c,
		              mem_format("an error ends it (%s): it is started again", l->cause));
		return false;
	}
	if (step->end == CHECK_SILENT)
		return checking_fault(
		    c,
		    mem_format(
		        "an error has no line on standard output%s: the next answer would be "
		        "taken for its own",
		        step->said ? ", only on standard error" : ""),
		    remedy_counted(c->spec));
	return !buffer_size(&l->out) || line_check_rest(l);
}

static void line_check_all(struct line_check *l)
{
	const struct checking *c = l->c;
	int64_t first =
	    c->spec->start_timeout_ms < CHECK_FIRST_MS ? c->spec->start_timeout_ms : CHECK_FIRST_MS;
	size_t greeting;

	for (char *const *line = c->spec->hello; line && *line; line++) {
		subprocess_write(l->subprocess, *line, strlen(*line));
		subprocess_write(l->subprocess, "\n", 1);
	}
	checking_await(c, GREETING_MS, line_check_over, l);
	if (line_check_first(l))
		checking_note(c, mem_string("what it writes before the first request is dropped"));
	while ((greeting = line_check_first(l)))
		buffer_take(&l->out, greeting);
	if (l->ended || (buffer_size(&l->out) && !line_check_rest(l))) {
		if (l->ended)
			line_check_died(l);
		return;
	}
	if (line_check_ask(l, "1", first) && line_check_ask(l, "2", CHECK_ANSWER_MS) &&
	    line_check_ask(l, "3", CHECK_ANSWER_MS) && c->bad && line_check_error(l))
		line_check_ask(l, "after it", CHECK_ANSWER_MS);
}

void check_lines(const struct checking *c)
{
	struct line_check l = {.c = c};
	struct error err;

	l.subprocess = subprocess_start(c->loop, c->spec, &c->node, c->spec->command,
	                                &line_check_handlers, &l, &err);
	if (l.subprocess)
		line_check_all(&l);
	else
		checking_fault(c, mem_string(err.text), NULL);
	subprocess_free(l.subprocess);
	buffer_free(&l.out);
	program_spec_free(c->spec);
	free(c->spec);
}
