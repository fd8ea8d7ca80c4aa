/* Sends one command, prints its reply, and gives the exit status. */
#include "ctl/once.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "ctl/events.h"
#include "ctl/loop.h"
#include "ctl/near.h"
#include "ctl/options.h"
#include "ctl/reach.h"
#include "ctl/session.h"
#include "ctl/signals.h"

#define READ_SIZE ((size_t)64 * 1024)
/* So long is waited for the ping before a command that is traced. */
#define ONCE_WARM_MS 200

struct once {
	struct dtree_client *client;
	struct session session;
	struct loop loop;
	const struct order *order; /* of events: borrowed */
	bool began;                /* events have come */
	struct buffer missing;     /* that some were not kept: not printed yet */
	bool stopping;             /* dtreed has announced its end */
};

/* `exec ID -` and `exec ID N -` read the other arguments from standard input. In other places a
 * lone `-` is an argument, for instance a pattern. */
static bool wants_input(const struct words *args)
{
	int64_t n;

	if (args->count == 1)
		return word_is(&args->items[0], "-");
	return args->count == 2 && word_is(&args->items[1], "-") &&
	       parse_int64(args->items[0].s, args->items[0].n, &n) == 0;
}

/* A signal ends the program, which leaves no line of an exec under way on the terminal; dtreed
 * cancels what it asked. */
static void once_die(struct once *o)
{
	int number = signals_take(o->loop.signal_fd);

	if (!number)
		return;
	progress_end(&o->session.progress);
	signals_die(number);
}

/* What is still to be written may block: a signal then ends the program as ever. */
static void once_done(struct once *o)
{
	progress_end(&o->session.progress);
	if (o->loop.signal_fd >= 0)
		signals_close(o->loop.signal_fd);
	o->loop.signal_fd = -1;
}

bool once_reads_input(const struct words *words, const struct order *order)
{
	const struct words args = {words->items + order->rest, words->count - order->rest};

	return order->verb->kind == VERB_EXEC && (order->exec.input || wants_input(&args));
}

/* One turn of the loop; false once the command is over for another reason than its reply. */
static bool once_turn(struct once *o, unsigned *events)
{
	*events = loop_turn(&o->loop, -1);
	if (*events & LOOP_SIGNAL)
		once_die(o);
	return !(*events & (LOOP_LOST | LOOP_LATE | LOOP_CLOSED));
}

static bool feed_all(struct once *o, const char *s, size_t n, unsigned *events)
{
	while (n) {
		size_t room = session_exec_room(&o->session);
		size_t part = n < room ? n : room;

		session_exec_feed(&o->session, s, part);
		s += part;
		n -= part;
		if (!part && !once_turn(o, events))
			return false;
	}
	return true;
}

static bool is_space(char c)
{
	return c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
}

/* Feeds standard input while dtreed takes it: as arguments separated by blanks, or as it is. */
static bool feed_input(struct once *o, bool as_it_is, unsigned *events)
{
	char bytes[READ_SIZE];

	while (o->session.feeding) {
		ssize_t n;
		bool room = session_exec_room(&o->session) >= READ_SIZE;

		o->loop.input_fd = room ? STDIN_FILENO : -1;
		if (!once_turn(o, events))
			return false;
		if (!(*events & LOOP_INPUT) || !o->session.feeding)
			continue;
		n = read(STDIN_FILENO, bytes, sizeof bytes);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0) {
			cleanup_free char *why = mem_format("standard input: %s", strerror(errno));
			session_exec_cancel(&o->session, why);
		}
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n && !as_it_is; i++)
			if (is_space(bytes[i]))
				bytes[i] = ' ';
		session_exec_feed(&o->session, bytes, (size_t)n);
	}
	o->loop.input_fd = -1;
	return true;
}

/* Sends an exec whose program gets standard input; false if it ended early. */
static bool once_exec_input(struct once *o, const struct words *args, const struct order *order,
                            unsigned *events)
{
	struct buffer joined = {0};

	for (size_t i = 0; i < args->count; i++) {
		buffer_add(&joined, args->items[i].s, args->items[i].n);
		buffer_add(&joined, "", 1);
	}
	session_exec_begin_input(&o->session, order->id, buffer_bytes(&joined),
	                         buffer_size(&joined), &order->exec);
	buffer_free(&joined);
	if (!feed_input(o, true, events))
		return false;
	session_exec_end(&o->session);
	return true;
}

/* Sends an exec; false if it ended early. */
static bool once_exec(struct once *o, const struct words *args, const struct order *order,
                      unsigned *events)
{
	bool input = wants_input(args);

	session_exec_begin(&o->session, order->id, input ? DTREE_BLANKS : DTREE_WHOLE,
	                   &order->exec);
	for (size_t i = 0; i + input < args->count; i++)
		if (!feed_all(o, args->items[i].s, args->items[i].n, events) ||
		    !feed_all(o, input ? " " : "", 1, events))
			return false;
	if (input && !feed_input(o, false, events))
		return false;
	session_exec_end(&o->session);
	return true;
}

static void once_on_event(void *arg, const struct dtree_reply *event)
{
	struct once *o = arg;
	const char *type = dtree_value_string(dtree_reply_result(event), "type", NULL);
	bool stopping = type && strcmp(type, STOPPING) == 0;
	struct buffer line = {0};

	o->stopping |= stopping;
	if (events_before(o->order, event))
		buffer_free(&o->missing);
	if ((stopping && o->order->quiet_stop) || events_before(o->order, event))
		return;
	output_event(o->session.out, &line, render_event, event);
	/* If the oldest event that is kept is older than what is wanted, none is missing. */
	if (o->order->since_us && !o->began && events_are_missing(event)) {
		o->missing = line;
		o->began = true;
		return;
	}
	o->began = true;
	output_add(o->session.out, &o->missing);
	output_add(o->session.out, &line);
}

static bool once_send(struct once *o, const struct words *words, struct order *order,
                      unsigned *events)
{
	if (order->verb->kind == VERB_EXEC) {
		const struct words args = {words->items + order->rest, words->count - order->rest};
		return order->exec.input ? once_exec_input(o, &args, order, events)
		                         : once_exec(o, &args, order, events);
	}
	if (order->verb->kind == VERB_EACH) {
		const struct words ids = {words->items + 1, words->count - 1};
		session_send_each(&o->session, order->verb, &ids);
		return true;
	}
	if (order->verb->kind == VERB_EVENTS)
		dtree_client_on_event(o->client, once_on_event, o);
	o->order = order;
	session_send(&o->session, order);
	return true;
}

/* Prints an error object that answers no command. */
static void once_say(struct output *out, const struct dtree_error *err)
{
	struct buffer line = {0};

	output_error(out, &line, NULL, err->code, err->text);
	output_add(out, &line);
	output_flush(out);
}

/* Waits for the reply; for events it goes on until something ends it. */
static int once_wait(struct once *o, const struct words *words, struct order *order)
{
	bool follow = order->verb->kind == VERB_EVENTS;
	unsigned events = 0;
	bool running;

	if (o->session.progress.on)
		o->loop.signal_fd = signals_open();
	running = once_send(o, words, order, &events);
	while (running && (o->session.due || buffer_size(&o->session.out->pending) ||
	                   (follow && o->session.status == STATUS_OK)))
		running = once_turn(o, &events);
	once_done(o);
	if (running && o->session.out->raw && o->session.program_status)
		return o->session.program_status;
	if (running)
		return (int)o->session.status;
	if (events & LOOP_CLOSED)
		return STATUS_REFUSED;
	output_flush(o->session.out);
	if (follow && o->stopping && events & LOOP_LOST)
		return STATUS_OK;
	/* The reply may have come just before the connection was closed. */
	if (o->session.status < STATUS_NO_DAEMON && !follow)
		return (int)o->session.status;
	if (follow && o->session.status == STATUS_OK && o->session.out->json)
		once_say(o->session.out, &o->loop.why);
	/* As JSON a command that has no reply was answered with an error object. */
	if (o->session.status == STATUS_OK || !o->session.out->json)
		loop_say(&o->loop, "%s", o->session.why ? o->session.why : o->loop.why.text);
	return events & LOOP_LATE ? STATUS_LATE : STATUS_NO_DAEMON;
}

static int once_no_daemon(const struct output *out, const struct dtree_error *err)
{
	complain(out->json, err->code, err->text);
	return err->code == DTREE_BUSY ? STATUS_LATE : STATUS_NO_DAEMON;
}

/* What the user has said counts; else there is more than the request's own time; 0: no limit. */
static int64_t once_timeout(const struct once_options *options, const struct order *order)
{
	int64_t least = order->exec.timeout_ms + ONCE_TIMEOUT_MS / 6;

	if (options->timeout_ms)
		return options->timeout_ms;
	if (order->patient)
		return 0;
	return least > ONCE_TIMEOUT_MS ? least : ONCE_TIMEOUT_MS;
}

/* The ping of those that the command is for; NULL: it is for no node that is known, or for none. */
static struct dtree_request *once_ping(const struct order *order)
{
	const char *method = order->verb->method;
	struct dtree_request *ping;

	if (method && (strcmp(method, "pingall") == 0 || strcmp(method, "exec_all") == 0))
		return dtree_request_new("pingall");
	if (order->verb->kind != VERB_EXEC || *order->exec.any)
		return NULL;
	ping = dtree_request_new("ping");
	if (*order->exec.name) {
		cleanup_free char *name = mem_format("@%s", order->exec.name);
		dtree_request_string(ping, "id", name, strlen(name));
	} else {
		dtree_request_int(ping, "id", order->id);
	}
	return ping;
}

/* A ping that is traced lets the nodes on the way begin to read how long they wait for a
 * processor: what they know of the command is better then. It has a connection of its own, so that
 * the command does not wait for its end. */
static void once_warm(const char *path, const struct order *order)
{
	struct dtree_request *ping = once_ping(order);
	struct dtree_error err;
	struct dtree_client *client = ping ? reach(path, ONCE_WARM_MS, -1, &err) : NULL;

	if (!client) {
		dtree_request_free(ping);
		return;
	}
	dtree_client_trace(client, true);
	dtree_reply_free(dtree_client_call(client, ping, ONCE_WARM_MS, NULL));
	dtree_client_free(client);
}

/* The command as it was given. */
static void once_title(struct once *o, const struct words *words)
{
	struct buffer title = {0};

	for (size_t i = 0; i < words->count; i++)
		buffer_format(&title, "%s%s", i ? " " : "", words->items[i].s);
	tracing_title(&o->session.tracing, buffer_bytes(&title), buffer_size(&title));
	buffer_free(&title);
}

/* Closes the session, and what its traces were written to. */
static int once_close(struct once *o, int status)
{
	struct error err;

	session_close(&o->session);
	dtree_client_free(o->client);
	buffer_free(&o->missing);
	if (tracing_close(&o->session.tracing, &err))
		return status;
	loop_say(&o->loop, "%s", err.text);
	return status == STATUS_OK ? STATUS_REFUSED : status;
}

/* Runs it so often, as long as it succeeds; only the last reply is printed, or that which is an
 * error. */
static int once_repeat(struct once *o, const struct words *words, struct order *order, int64_t runs)
{
	struct tracing *t = &o->session.tracing;
	char text[TRACEPARENT_SIZE + 1];
	struct error err;
	int status;

	for (;;) {
		t->silent = --runs > 0;
		dtree_client_traceparent(o->client, tracing_traceparent(t, text), NULL);
		status = once_wait(o, words, order);
		/* It has been read before. */
		if (status != STATUS_OK || runs <= 0 || verb_parse(words, PLACE_ONCE, order, &err))
			return status;
	}
}

int once_run(const struct once_options *options, const struct words *words, struct order *order,
             struct output *out)
{
	cleanup_free char *path =
	    options->socket ? mem_string(options->socket) : dtree_socket_path();
	int64_t timeout_ms = once_timeout(options, order);
	struct once o = {0};
	struct dtree_error err;
	struct error err_file;
	int status;

	o.client = reach(path, timeout_ms ? timeout_ms : ONCE_TIMEOUT_MS, -1, &err);
	if (!o.client) {
		dtree_request_free(order->request);
		return once_no_daemon(out, &err);
	}
	session_open(&o.session, o.client, out);
	o.session.keep_lost = out->json;
	session_limit(&o.session, options->timeout_ms);
	progress_open(&o.session.progress, out->json);
	o.loop = (struct loop){.client = o.client, .out = out, .input_fd = -1, .signal_fd = -1};
	o.loop.progress = &o.session.progress;
	o.loop.timeout_ms = timeout_ms;
	o.session.woke = &o.loop.woke;
	o.loop.measures = &o.session.tracing.on;
	if (options->trace &&
	    tracing_open(&o.session.tracing, options->trace, out->raw, &err_file)) {
		dtree_request_free(order->request);
		loop_say(&o.loop, "%s", err_file.text);
		return once_close(&o, STATUS_USAGE);
	}
	if (!options->trace) {
		status = once_wait(&o, words, order);
		if (o.session.missing && !out->json)
			near_tell(o.client, o.session.missing);
		return once_close(&o, status);
	}
	once_title(&o, words);
	once_warm(path, order);
	status = once_repeat(&o, words, order, options->trace->repeat);
	return once_close(&o, status);
}
