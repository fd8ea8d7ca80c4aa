/*
 * Commands under way and their lines.
 *
 * Invariant: each command gets one line. Lines of replies that name no node wait in `ordered` until
 * all earlier ones are printed; `due` counts the lines that are not printed yet.
 */
#include "ctl/command.h"

#include <stdlib.h>
#include <utlist.h>

static void command_free(struct command *c)
{
	buffer_free(&c->line);
	free(c->traced.title);
	free(c->who);
	free(c->node);
	free(c);
}

struct command *command_new(struct session *s, const struct verb *verb, int id)
{
	struct command *c = mem_new(sizeof *c);

	c->session = s;
	c->verb = verb;
	c->id = id;
	c->number = s->number;
	dtree_client_trace(s->client, s->tracing.on);
	tracing_begin(&s->tracing, verb->name, &c->traced);
	s->due++;
	DL_APPEND2(s->commands, c, due_prev, due_next);
	if (verb->ordered)
		DL_APPEND(s->ordered, c);
	return c;
}

/* Prints the lines whose turn has come. */
static void ordered_print(struct session *s)
{
	while (s->ordered && s->ordered->done) {
		struct command *c = s->ordered;
		output_add(s->out, &c->line);
		DL_DELETE(s->ordered, c);
		command_free(c);
		s->due--;
	}
}

/* What is printed now is of that command. */
static void command_mark(const struct command *c)
{
	c->session->out->mark = (struct output_mark){
	    .number = c->number,
	    .node = c->node             ? c->node
	            : c->who && *c->who ? c->who
	                                : NULL,
	};
}

static void command_mark_none(const struct command *c)
{
	c->session->out->mark = (struct output_mark){0};
}

void command_line(const struct command *c, const struct dtree_reply *reply, struct buffer *line)
{
	command_mark(c);
	output_reply(c->session->out, line, c->verb, c->who, reply);
	command_mark_none(c);
}

void command_finish(struct command *c, struct buffer *line)
{
	struct session *s = c->session;

	DL_DELETE2(s->commands, c, due_prev, due_next);
	c->line = *line;
	c->done = true;
	*line = (struct buffer){0};
	if (c->verb->ordered) {
		ordered_print(s);
		return;
	}
	output_add(s->out, &c->line);
	command_free(c);
	s->due--;
}

static enum status status_of(const struct dtree_reply *reply)
{
	switch (dtree_reply_code(reply)) {
	case DTREE_OK:
		return STATUS_OK;
	case DTREE_LOST:
	case DTREE_NO_DAEMON:
	case DTREE_UNREACHABLE:
		return STATUS_NO_DAEMON;
	case DTREE_TIMEOUT:
	case DTREE_BUSY:
	case DTREE_TIMED_OUT:
		return STATUS_LATE;
	default:
		return STATUS_REFUSED;
	}
}

/* The status of the program that failed, as a shell has it; 0: it is not known. */
static int status_of_program(const struct dtree_reply *reply)
{
	const struct dtree_value *data = dtree_reply_data(reply);
	long long n = 0;

	if (dtree_value_int(data, "status", &n) == 0 && n > 0 && n < 256)
		return (int)n;
	if (dtree_value_int(data, "signal", &n) == 0 && n > 0 && n < 128)
		return 128 + (int)n;
	return 0;
}

void command_reply(struct command *c, const struct dtree_reply *reply)
{
	struct session *s = c->session;
	struct buffer line = {0};
	enum status status = status_of(reply);
	bool lost, silent;

	if (status != STATUS_OK || c->verb->kind != VERB_EACH)
		s->status = status;
	s->program_status = status_of_program(reply);
	if (dtree_reply_code(reply) == DTREE_NOT_FOUND && (c->node || c->who)) {
		free(s->missing);
		s->missing = mem_string(c->node ? c->node : c->who);
	}
	if (status == STATUS_OK && c->verb->told && c->verb->told(dtree_reply_result(reply)))
		s->status = STATUS_REFUSED;
	lost = status == STATUS_NO_DAEMON ||
	       (status == STATUS_LATE && dtree_reply_code(reply) != DTREE_TIMED_OUT);
	/* The reply to a subscription is not printed. */
	silent = c->verb->kind == VERB_EVENTS && s->status == STATUS_OK;
	if (lost && !s->keep_lost) {
		free(s->why);
		s->why = output_reason(reply);
	} else if (!silent) {
		command_line(c, reply, &line);
	}
	if (status != STATUS_OK && s->out->raw)
		output_add_error(s->out, &line);
	if (s->tracing.silent && s->status == STATUS_OK)
		buffer_take(&line, buffer_size(&line));
	tracing_end(&s->tracing, &c->traced, s->woke, reply, &line);
	command_finish(c, &line);
}

void command_fail(struct command *c, int code, const char *text)
{
	struct buffer line = {0};

	c->session->status = STATUS_REFUSED;
	command_mark(c);
	output_error(c->session->out, &line, c->who, code, text);
	command_mark_none(c);
	if (c->session->out->raw)
		output_add_error(c->session->out, &line);
	command_finish(c, &line);
}
