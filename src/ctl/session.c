/* Sends commands: requests, and execs in pieces. Owns nothing: commands belong to command.c. */
#include "ctl/session.h"

#include <string.h>
#include <utlist.h>

#include "ctl/command.h"
#include "ctl/each.h"
#include "ctl/logs.h"
#include "ctl/session_ask.h"

#define FOLLOW_MS 1000

void session_open(struct session *s, struct dtree_client *client, struct output *out)
{
	*s = (struct session){.client = client, .out = out, .follow_ms = FOLLOW_MS};
}

void session_limit(struct session *s, int64_t timeout_ms)
{
	if (timeout_ms && s->follow_ms > timeout_ms / 2)
		s->follow_ms = timeout_ms / 2;
}

/* ---- requests ---- */

static void on_reply(void *arg, const struct dtree_reply *reply);

/* Prints what there is, and asks for what comes next. */
static void command_follow(struct command *c, const struct dtree_reply *reply)
{
	struct session *s = c->session;
	const struct dtree_value *result = dtree_reply_result(reply);
	struct buffer line = {0};
	struct dtree_error err;

	if (logs_has_lines(result)) {
		command_line(c, reply, &line);
		output_add(s->out, &line);
	}
	if (dtree_client_send(s->client, logs_next(result, s->follow_ms), on_reply, c, &err))
		command_fail(c, err.code, err.text);
}

static void on_reply(void *arg, const struct dtree_reply *reply)
{
	struct command *c = arg;
	struct session *s = c->session;
	bool good = dtree_reply_code(reply) == DTREE_OK;

	if (good && c->follow && !c->cancelled) {
		command_follow(c, reply);
		return;
	}
	if (c->verb->creates)
		session_ask_created(s, c->id, good, c->search);
	if (good && c->verb->method && strcmp(c->verb->method, "shutdown") == 0)
		s->shutdown = true;
	if (good && c->verb->method && strcmp(c->verb->method, "heartbeat") == 0)
		dtree_value_int(dtree_reply_result(reply), "interval_ms", &s->heartbit_ms);
	command_reply(c, reply);
}

void session_send(struct session *s, struct order *order)
{
	struct command *c = command_new(s, order->verb, order->id);
	struct dtree_error err;

	c->follow = order->follow;
	c->node = order->node.s ? mem_copy(order->node.s, order->node.n) : NULL;
	if (order->verb->creates) {
		c->search =
		    order->service.s ? word_is(&order->service, SESSION_SEARCH) : s->default_search;
		known_begin(&s->known, order->id);
	}
	if (dtree_client_send(s->client, order->request, on_reply, c, &err)) {
		if (order->verb->creates)
			session_ask_created(s, c->id, false, c->search);
		command_fail(c, err.code, err.text);
	}
	order->request = NULL;
}

void session_send_each(struct session *s, const struct verb *verb, const struct words *args)
{
	struct each each;

	each_split(args, &each);
	for (size_t i = 0; i < each.ids.count; i++) {
		struct order order;
		struct error err;

		if (verb_parse_each(verb, each_with(&each, &each.ids.items[i]), &order, &err))
			session_error(s, verb, ERR_PARAMS, err.text);
		else
			session_send(s, &order);
	}
	each_free(&each);
}

void session_error(struct session *s, const struct verb *verb, int code, const char *text)
{
	struct buffer line = {0};

	if (verb && verb->ordered) {
		command_fail(command_new(s, verb, 0), code, text);
		return;
	}
	s->status = STATUS_REFUSED;
	s->out->mark.number = s->number;
	output_error(s->out, &line, NULL, code, text);
	s->out->mark = (struct output_mark){0};
	output_add(s->out, &line);
}

/* ---- exec ---- */

static void on_exec(void *arg, const struct dtree_reply *reply)
{
	struct command *c = arg;
	struct session *s = c->session;

	if (s->feeding == c)
		s->feeding = NULL;
	progress_end(&s->progress);
	command_reply(c, reply);
}

/* As of output_reply(). New memory. */
static char *exec_who(int id, const struct exec_options *options)
{
	if (*options->any)
		return mem_string("");
	return *options->name ? mem_format("@%s", options->name) : mem_format("%d", id);
}

static struct command *command_feed(struct session *s, int id, const struct exec_options *options)
{
	static const struct word word = {"exec", 4};

	s->feeding = command_new(s, verb_find(&word), id);
	s->feeding->who = exec_who(id, options);
	return s->feeding;
}

/* The stream of the command is there, or could not be made. */
static void session_exec_begun(struct session *s, struct command *c,
                               const struct exec_options *options, const struct dtree_error *err)
{
	if (!s->stream) {
		s->feeding = NULL;
		command_fail(c, err->code, err->text);
		return;
	}
	/* They are UTF-8. */
	if (*options->name)
		dtree_exec_name(s->stream, options->name, strlen(options->name), NULL);
	if (*options->any)
		dtree_exec_any(s->stream, options->any, strlen(options->any), NULL);
	if (options->timeout_ms)
		dtree_exec_timeout(s->stream, options->timeout_ms);
	if (options->unordered)
		dtree_exec_unordered(s->stream);
	if (s->progress.on)
		dtree_exec_progress(s->stream, progress_show, &s->progress);
}

void session_exec_begin(struct session *s, int id, enum dtree_form form,
                        const struct exec_options *options)
{
	struct command *c = command_feed(s, id, options);
	struct dtree_error err;

	s->stream = dtree_exec_open(s->client, id, form, on_exec, c, &err);
	session_exec_begun(s, c, options, &err);
}

void session_exec_begin_input(struct session *s, int id, const char *args, size_t n,
                              const struct exec_options *options)
{
	struct command *c = command_feed(s, id, options);
	struct dtree_error err;

	s->stream = dtree_exec_input(s->client, id, args, n, on_exec, c, &err);
	session_exec_begun(s, c, options, &err);
}

size_t session_exec_room(const struct session *s)
{
	return s->feeding ? dtree_exec_room(s->stream) : SIZE_MAX;
}

void session_exec_feed(struct session *s, const char *bytes, size_t n)
{
	struct command *c = s->feeding;
	struct dtree_error err;

	if (!c || dtree_exec_feed(s->stream, bytes, n, &err) == 0)
		return;
	s->feeding = NULL;
	command_fail(c, err.code, err.text);
}

void session_exec_end(struct session *s)
{
	struct command *c = s->feeding;
	struct dtree_error err;

	s->feeding = NULL;
	if (c && dtree_exec_close(s->stream, &err))
		command_fail(c, err.code, err.text);
}

void session_exec_cancel(struct session *s, const char *text)
{
	struct command *c = s->feeding;

	if (!c)
		return;
	s->feeding = NULL;
	dtree_exec_abandon(s->stream);
	command_fail(c, DTREE_INVALID, text);
}

/* A command is answered with what becomes of it. One that alters nodes may take its time, and is
 * not waited for; an exec whose arguments are not complete is given up. */
static void command_cancel(struct command *c)
{
	struct session *s = c->session;
	struct dtree_reply *reply;
	struct buffer line = {0};

	c->cancelled = true;
	if (!c->verb->alters && c != s->feeding && dtree_client_ask_cancel(s->client, c))
		return;
	reply = c->verb->alters ? dtree_reply_error(DTREE_LOST, "no longer waited for", true)
	                        : dtree_reply_error(DTREE_CANCELLED, "cancelled", false);
	dtree_client_cancel(s->client, c);
	if (c->verb->creates)
		session_ask_created(s, c->id, false, c->search);
	command_line(c, reply, &line);
	dtree_reply_free(reply);
	command_finish(c, &line);
}

void session_cancel(struct session *s)
{
	struct command *c, *next;

	/* The answer to a question is dropped. */
	dtree_client_cancel(s->client, s);
	s->asking = false;
	for (c = s->commands; c; c = next) {
		next = c->due_next;
		command_cancel(c);
	}
	s->feeding = NULL;
}

void session_close(struct session *s)
{
	s->keep_lost = false;
	s->asking = false;
	dtree_client_fail(s->client, DTREE_LOST, "the session has ended");
	progress_close(&s->progress);
	known_free(&s->known);
	free(s->asked_name);
	free(s->missing);
	free(s->why);
}
