/*
 * Reads nodes' own logs (wire/log_ring.h). A file has a fixed size; in a turn of the loop the
 * controller lets a few questions read, and READS of those that wait are answered. A question that
 * waits for a line costs a look at the head of a file now and then: nothing tells that a worker has
 * written there.
 *
 * Owns the questions: a list of all clients'. Invariant: while one waits the timer runs.
 */
#include "control/cmd_logs.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/parse.h"
#include "control/call.h"
#include "wire/json.h"
#include "wire/json_write.h"
#include "wire/log_ring.h"

/* In a turn of the loop, of those that wait: files that are read, and of which the head is looked
 * at. */
#define READS 4
#define LOOKS 64
/* Seconds between looks. */
#define LOOK_PAUSE  0.1
#define WAIT_MAX_MS 60000
/* More lines than a file may hold. */
#define LINES_MAX 100000
/* What a byte of a line may become in JSON. */
#define JSON_GROWTH 6

enum logs_state {
	LOGS_ASKED,   /* its turn among what the session asked of the node has not come */
	LOGS_WAITING, /* there was no line that was asked for; to be read when the file changes */
};

struct logs_question {
	struct client *client; /* borrowed, as the call */
	struct call *call;
	enum logs_state state;
	int id;
	int64_t most;               /* lines; -1: all */
	int64_t since;              /* microseconds since 1970; 0: any */
	int64_t after;              /* number of the last line seen; -1: none was */
	int64_t until;              /* clock_ms(): not answered before without a line */
	uint64_t position;          /* WAITING: of the file */
	struct logs_question *prev; /* utlist */
	struct logs_question *next;
};

/* What is answered. */
struct logs_answer {
	int id;
	const struct log_line *first; /* borrowed, as all lines */
	size_t count;
	uint64_t last;   /* number of the newest line; 0: there is none */
	uint64_t missed; /* lines behind `after` that are not among them */
};

static void logs_drop(struct logs_question *q)
{
	struct control *control = q->client->control;

	DL_DELETE(control->questions, q);
	free(q);
}

/* What was asked for of all lines. */
static struct logs_answer logs_choose(const struct logs_question *q, const struct log_lines *lines)
{
	struct logs_answer a = {.id = q->id};
	size_t from = 0;
	uint64_t last = lines->count ? lines->items[lines->count - 1].number : 0;
	/* A file that was made anew counts anew. */
	bool follows = q->after >= 0 && (uint64_t)q->after <= last;

	while (from < lines->count &&
	       ((follows && lines->items[from].number <= (uint64_t)q->after) ||
	        lines->items[from].time < q->since))
		from++;
	if (q->most >= 0 && lines->count - from > (uint64_t)q->most)
		from = lines->count - (size_t)q->most;
	a.first = lines->count ? lines->items + from : NULL;
	a.count = lines->count - from;
	a.last = last;
	if (follows && a.count)
		a.missed = a.first->number - (uint64_t)q->after - 1;
	return a;
}

/* Ends the question with what is there, or it waits on. */
static void logs_serve(struct logs_question *q, const char *path)
{
	struct call *call = q->call;
	struct log_lines lines;
	struct logs_answer answer;
	struct error err;

	if (log_lines_read(path, &lines, &err)) {
		logs_drop(q);
		call_fail(call, &err);
		return;
	}
	answer = logs_choose(q, &lines);
	if (!answer.count && q->most && clock_ms() < q->until) {
		q->state = LOGS_WAITING;
		q->position = lines.position;
		log_lines_free(&lines);
		return;
	}
	logs_drop(q);
	call->logs = &answer;
	call_done(call);
	log_lines_free(&lines);
}

/* Reads the file, and answers if there is what was asked for. */
static void logs_read(struct control *control, struct logs_question *q)
{
	cleanup_free char *path = controller_log_path(control->controller, q->id);
	struct call *call = q->call;
	struct error err;

	if (path) {
		logs_serve(q, path);
		return;
	}
	error_set(&err, ERR_NOT_FOUND, "no node %d", q->id);
	logs_drop(q);
	call_fail(call, &err);
}

/* Is there something new for a question that waits? */
static bool logs_is_due(const struct control *control, const struct logs_question *q)
{
	cleanup_free char *path = NULL;

	if (q->state == LOGS_ASKED)
		return false;
	path = controller_log_path(control->controller, q->id);
	return !path || clock_ms() >= q->until || log_lines_position(path) != q->position;
}

/* Each that was looked at goes to the end, so that all get their turn. */
static void logs_on_look(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct control *control = timer->data;
	struct logs_question *last = control->questions ? control->questions->prev : NULL;
	struct logs_question *q = NULL;
	int reads = 0;

	(void)revents;
	for (int i = 0; i < LOOKS && reads < READS && q != last && (q = control->questions); i++) {
		DL_DELETE(control->questions, q);
		DL_APPEND(control->questions, q);
		if (logs_is_due(control, q)) {
			logs_read(control, q);
			reads++;
		}
	}
	if (control->questions) {
		ev_timer_set(timer, LOOK_PAUSE, 0.);
		ev_timer_start(loop, timer);
	}
}

void logs_open(struct control *control)
{
	ev_timer_init(&control->look, logs_on_look, 0., 0.);
	control->look.data = control;
}

void logs_close(struct control *control)
{
	ev_timer_stop(control->loop, &control->look);
}

void logs_free_all(struct client *c)
{
	struct logs_question *q;
	struct logs_question *next;

	DL_FOREACH_SAFE (c->control->questions, q, next) {
		if (q->client == c)
			logs_drop(q);
	}
}

/* The question's turn among what the session asked of the node. */
static void cmd_logs_on_inspected(void *arg, const struct outcome *outcome)
{
	struct call *call = arg;
	struct control *control = call->client->control;
	struct logs_question *q;

	DL_SEARCH_SCALAR(control->questions, q, call, call);
	if (outcome->error.code != ERR_NONE) {
		logs_drop(q);
		call_fail(call, &outcome->error);
		return;
	}
	/* At once, as what the session asks next may remove the node. */
	logs_read(control, q);
	if (control->questions && !ev_is_active(&control->look)) {
		ev_timer_set(&control->look, LOOK_PAUSE, 0.);
		ev_timer_start(control->loop, &control->look);
	}
}

static bool cmd_logs_cancel(struct call *call)
{
	struct logs_question *q;
	struct error err;

	DL_SEARCH_SCALAR(call->client->control->questions, q, call, call);
	if (!q || q->state == LOGS_ASKED)
		return false;
	logs_drop(q);
	error_set(&err, ERR_CANCELLED, "cancelled by its client");
	err.outcome = OUTCOME_NOT_RUN;
	call_fail(call, &err);
	return true;
}

enum { LOGS_ID, LOGS_LINES, LOGS_SINCE, LOGS_AFTER, LOGS_WAIT };

static enum handled cmd_logs_run(struct call *call, const struct value *v, struct error *err)
{
	struct logs_question *q = mem_new(sizeof *q);

	(void)err;
	q->client = call->client;
	q->call = call;
	q->id = (int)v[LOGS_ID].number;
	q->most = v[LOGS_LINES].given ? v[LOGS_LINES].number : -1;
	q->since = v[LOGS_SINCE].given ? v[LOGS_SINCE].number * 1000 : 0;
	q->after = v[LOGS_AFTER].given ? v[LOGS_AFTER].number : -1;
	q->until = clock_ms() + (v[LOGS_WAIT].given ? v[LOGS_WAIT].number : 0);
	DL_APPEND(call->client->control->questions, q);
	controller_inspect_log(client_session(call->client), q->id, cmd_logs_on_inspected, call);
	return HANDLED_PENDING;
}

/* Text is passed on as it is; other bytes are escaped as for a terminal. */
static void cmd_logs_add_text(struct buffer *b, const struct log_line *line)
{
	cleanup_free char *shown = NULL;

	if (parse_utf8(line->text, line->size) && !memchr(line->text, '\0', line->size)) {
		json_add_string(b, "text", line->text, line->size);
		return;
	}
	shown = parse_printable(line->text, line->size, LOG_RING_LINE * 4);
	json_add_text(b, "text", shown);
}

static int cmd_logs_write(struct result *r)
{
	const struct logs_answer *a = r->call->logs;
	char time[CLOCK_TEXT_SIZE];

	if (call_room(r->call) < LOG_RING_SIZE * JSON_GROWTH)
		return error_set(&r->err, ERR_LIMIT, "the lines find no room: too much is unread");
	json_add_int(r->b, "id", a->id);
	json_open_array(r->b, "lines");
	for (size_t i = 0; i < a->count; i++) {
		clock_text(a->first[i].time, time);
		json_open_object(r->b, NULL);
		json_add_int(r->b, "number", (int64_t)a->first[i].number);
		json_add_text(r->b, "time", time);
		json_add_int(r->b, "pid", a->first[i].pid);
		cmd_logs_add_text(r->b, &a->first[i]);
		if (a->first[i].cut)
			json_add_bool(r->b, "cut", true);
		json_close_object(r->b);
	}
	json_close_array(r->b);
	json_add_int(r->b, "last", (int64_t)a->last);
	json_add_int(r->b, "missed", (int64_t)a->missed);
	return 0;
}

const struct method method_logs = {
    .name = "logs",
    .summary = "what a node's program has said, also of one that is dead",
    .role = ROLE_READ,
    .params = {PARAM_NODE,
               {.name = "lines",
                .type = PARAM_INT,
                .summary = "only so many, the newest",
                .min = 0,
                .max = LINES_MAX},
               {.name = "since_ms",
                .type = PARAM_INT,
                .summary = "only those since then, in milliseconds since 1970",
                .min = 0,
                .max = JSON_INT_MAX / 1000},
               {.name = "after",
                .type = PARAM_INT,
                .summary = "only those behind the line of that number",
                .min = 0,
                .max = JSON_INT_MAX},
               {.name = "wait_ms",
                .type = PARAM_INT,
                .summary = "how long to wait for a line where there is none",
                .min = 0,
                .max = WAIT_MAX_MS}},
    .result = "{\"id\":10,\"lines\":[{\"number\":7,\"time\":\"2026-11-29T13:00:00.000000Z\","
              "\"pid\":3130,\"text\":\"started\"}],\"last\":7,\"missed\":0}",
    .members = {members_logs},
    .run = cmd_logs_run,
    .cancel = cmd_logs_cancel,
    .write = cmd_logs_write,
};
