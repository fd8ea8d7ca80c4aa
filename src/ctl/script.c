/*
 * The shell's language. Invariant: one line, or the three lines of a bare exec, is handled before
 * the next line is read; an error in them gives one line and drops the rest of them.
 */
#include "ctl/script.h"

#include <stdint.h>
#include <string.h>

#include "base/parse.h"
#include "ctl/verb_help.h"

void script_open(struct script *script, struct session *session)
{
	*script = (struct script){.session = session};
}

void script_close(struct script *script)
{
	reader_free(&script->reader);
}

/* Feeds blank-separated arguments. */
static void feed_words(struct script *script, const char *s, size_t n)
{
	cleanup_free char *copy = mem_copy(s, n);

	for (size_t i = 0; i < n; i++)
		if (copy[i] == '\t')
			copy[i] = ' ';
	session_exec_feed(script->session, copy, n);
}

static void on_service(void *arg, bool is_search)
{
	struct script *script = arg;

	if (is_search) {
		session_exec_begin(script->session, script->id, DTREE_WHOLE, &script->exec);
		reader_set(&script->reader, READER_RAW);
		script->lines = 2;
		script->state = SCRIPT_TEXT;
	} else {
		session_exec_begin(script->session, script->id, DTREE_BLANKS, &script->exec);
		session_exec_end(script->session);
		script->state = SCRIPT_COMMANDS;
	}
}

static void run_exec(struct script *script, const struct words *words, const struct order *order)
{
	const struct word *rest = words->items + order->rest;

	if (words->count == order->rest && !*order->exec.any) {
		script->state = SCRIPT_ASK;
		script->id = order->id;
		script->exec = order->exec;
		session_ask_search(script->session, order->id, order->exec.name, on_service,
		                   script);
		return;
	}
	session_exec_begin(script->session, order->id, DTREE_BLANKS, &order->exec);
	if (words->count > order->rest)
		feed_words(script, rest->s, rest->n);
	session_exec_end(script->session);
}

/* On a pipe a command gets one line, and only replies are printed. */
static void show_help(struct script *script, const struct verb *topic)
{
	struct buffer text = {0};
	cleanup_free char *line = NULL;

	if (!script->session->out->style.lines) {
		line = topic ? mem_format("usage: %s %s", topic->name, topic->args)
		             : mem_string("help is for a terminal; dtreectl --help prints it");
		session_error(script->session, NULL, DTREE_INVALID, line);
		return;
	}
	if (topic)
		verb_describe(&text, topic, PLACE_SHELL);
	else
		verb_list(&text, PLACE_SHELL);
	output_add(script->session->out, &text);
	buffer_free(&text);
}

static void run_order(struct script *script, const struct words *words, struct order *order)
{
	const struct words args = {words->items + 1, words->count - 1};

	switch (order->verb->kind) {
	case VERB_REQUEST:
		session_send(script->session, order);
		break;
	case VERB_EACH:
		session_send_each(script->session, order->verb, &args);
		break;
	case VERB_EXEC:
		run_exec(script, words, order);
		break;
	case VERB_HELP:
		show_help(script, order->topic);
		break;
	case VERB_EXIT:
		script->exit = true;
		break;
	case VERB_TRACE:
		script->session->tracing.on = order->on;
		break;
	case VERB_EVENTS:
	case VERB_SHELL:
	case VERB_CHECK:
	case VERB_BACKUP:
	case VERB_TOP:
	case VERB_COMPLETE:
		/* verb_parse() does not give these in the shell. */
		break;
	}
}

static void run_line(struct script *script, const char *line, size_t n)
{
	struct words words;
	struct order order = {0};
	struct error err;

	script->session->number = script->reader.number;
	tracing_title(&script->session->tracing, line, n);
	if (verb_split(line, n, &words, &err) || verb_parse(&words, PLACE_SHELL, &order, &err))
		session_error(script->session, order.verb, ERR_PARAMS, err.text);
	else
		run_order(script, &words, &order);
	words_free(&words);
}

/* The head of a long line: only exec may be as long. */
static void run_long(struct script *script, const char *head, size_t n)
{
	struct words words;
	struct order order = {0};
	struct error err;
	size_t whole = n;

	script->session->number = script->reader.number + 1;
	/* The head may end within a character. */
	while (whole && n - whole < 4 && !parse_utf8(head, whole))
		whole--;
	if (verb_split(head, whole, &words, &err) == 0 &&
	    verb_parse(&words, PLACE_SHELL, &order, &err) == 0) {
		if (order.verb->kind == VERB_EXEC && words.count > order.rest) {
			tracing_title(&script->session->tracing, head, whole);
			const char *rest = words.items[order.rest].s;
			session_exec_begin(script->session, order.id, DTREE_BLANKS, &order.exec);
			feed_words(script, rest, (size_t)(head + n - rest));
			reader_set(&script->reader, READER_WORDS);
			script->state = SCRIPT_EXEC;
			words_free(&words);
			return;
		}
		dtree_request_free(order.request);
		error_set(&err, ERR_PARAMS, "a line of more than %zu bytes", READER_LINE_MAX);
	}
	words_free(&words);
	session_error(script->session, order.verb, ERR_PARAMS, err.text);
}

/* A long or raw line is complete. */
static void script_line_over(struct script *script)
{
	switch (script->state) {
	case SCRIPT_COMMANDS:
	case SCRIPT_ASK:
		return;
	case SCRIPT_EXEC:
		script->lines = 0;
		break;
	case SCRIPT_TEXT:
		session_exec_feed(script->session, "", 1);
		script->lines--;
		break;
	}
	if (script->lines) {
		reader_set(&script->reader, READER_RAW);
		return;
	}
	session_exec_end(script->session);
	script->state = SCRIPT_COMMANDS;
}

static void run_event(struct script *script, const struct reader_event *event)
{
	cleanup_free char *text = NULL;

	switch (event->kind) {
	case READER_NONE:
		break;
	case READER_LINE:
		run_line(script, event->text, event->n);
		break;
	case READER_LONG:
		run_long(script, event->text, event->n);
		break;
	case READER_PART:
		session_exec_feed(script->session, event->text, event->n);
		break;
	case READER_END:
		script_line_over(script);
		break;
	case READER_BAD:
		text = mem_format("a control byte (0x%02x) in the line", event->bad);
		session_exec_cancel(script->session, text);
		break;
	}
}

/* How many bytes of the line being fed may be taken; 0: none now. */
static size_t script_room(const struct script *script)
{
	const struct session *s = script->session;

	switch (script->state) {
	case SCRIPT_COMMANDS:
		return s->due < SCRIPT_DUE && dtree_client_streams(s->client) < SCRIPT_STREAMS
		           ? SIZE_MAX
		           : 0;
	case SCRIPT_ASK:
		return 0;
	case SCRIPT_EXEC:
		return session_exec_room(s);
	case SCRIPT_TEXT: {
		/* The end of a line counts as a byte. */
		size_t room = session_exec_room(s);
		return room > 1 ? room - 1 : 0;
	}
	}
	return 0;
}

size_t script_take(struct script *script, char *bytes, size_t n)
{
	size_t taken = 0;

	while (taken < n && !script->exit) {
		struct reader_event event;
		size_t room = script_room(script);

		if (!room)
			break;
		taken += reader_next(&script->reader, bytes + taken, n - taken, room, &event);
		run_event(script, &event);
	}
	return taken;
}

bool script_end(struct script *script)
{
	struct reader_event event;

	while (!script->exit) {
		if (!script_room(script))
			return false;
		reader_end(&script->reader, &event);
		if (event.kind == READER_NONE)
			break;
		run_event(script, &event);
	}
	if (script->state == SCRIPT_TEXT) {
		session_exec_cancel(script->session,
		                    "the input ended before the text and the pattern");
		script->state = SCRIPT_COMMANDS;
	}
	return true;
}

void script_cancel(struct script *script)
{
	session_cancel(script->session);
	reader_free(&script->reader);
	script->reader = (struct reader){.number = script->reader.number};
	script->state = SCRIPT_COMMANDS;
	script->lines = 0;
}
