/* The functions of controller.h. The result of exec is its arguments, "[a][b]". */
#include "control/test/fake_controller.h"

#include <criterion/criterion.h>
#include <string.h>
#include <utlist.h>

#include "base/histogram.h"

struct session {
	struct controller *controller; /* borrowed */
};

struct fake_stream {
	uint64_t number;
	struct session *session; /* borrowed */
	int id;
	bool input; /* its result is what was fed */
	bool ended;
	struct buffer args;
	struct fake_stream *prev; /* utlist */
	struct fake_stream *next;
};

static void call_free(struct controller *c, struct fake_call *call)
{
	DL_DELETE(c->calls, call);
	free((char *)call->outcome.result);
	free(call);
}

static void answer(struct controller *c, struct fake_call *call)
{
	struct fake_call now = *call;

	call->outcome.result = NULL;
	call_free(c, call);
	now.done(now.arg, &now.outcome);
	free((char *)now.outcome.result);
}

static struct fake_call *find_due(const struct controller *c)
{
	struct fake_call *call;

	DL_SEARCH_SCALAR(c->calls, call, due, true);
	return call;
}

/* Like the controller: runs after src/control has read, before it writes. */
static void on_turn(struct ev_loop *loop, ev_prepare *turn, int revents)
{
	struct controller *c = turn->data;
	struct fake_call *call;

	(void)revents;
	while ((call = find_due(c)))
		answer(c, call);
	ev_idle_stop(loop, &c->awake);
}

static void on_awake(struct ev_loop *loop, ev_idle *awake, int revents)
{
	(void)loop;
	(void)awake;
	(void)revents;
}

struct controller *fake_new(struct ev_loop *loop)
{
	struct controller *c = mem_new(sizeof *c);

	c->events = event_log_new();
	c->filling = 'x';
	c->loop = loop;
	ev_prepare_init(&c->turn, on_turn);
	ev_set_priority(&c->turn, 1);
	ev_idle_init(&c->awake, on_awake);
	c->turn.data = c;
	ev_prepare_start(loop, &c->turn);
	return c;
}

void fake_free(struct controller *c)
{
	cr_assert_eq(c->sessions, 0);
	cr_assert_null(c->calls);
	cr_assert_null(c->stream_list);
	ev_prepare_stop(c->loop, &c->turn);
	ev_idle_stop(c->loop, &c->awake);
	event_log_free(c->events);
	free(c);
}

void fake_answer(struct controller *c)
{
	cr_assert(c->calls, "nothing waits for an answer");
	answer(c, c->calls);
}

void fake_answer_all(struct controller *c)
{
	while (c->calls)
		fake_answer(c);
}

size_t fake_waiting(const struct controller *c)
{
	struct fake_call *call;
	size_t count;

	DL_COUNT(c->calls, call, count);
	return count;
}

void fake_event(struct controller *c, enum event_type type, int id)
{
	struct event event = {.type = type, .has_id = true, .id = id};

	event_publish(c->events, &event);
}

struct session *session_open(struct controller *c)
{
	struct session *s = mem_new(sizeof *s);

	s->controller = c;
	c->sessions++;
	return s;
}

static void stream_free(struct controller *c, struct fake_stream *stream)
{
	DL_DELETE(c->stream_list, stream);
	c->streams--;
	buffer_free(&stream->args);
	free(stream);
}

void session_trace(struct session *s, bool traced)
{
	s->controller->traced = traced;
}

void session_cancel(struct session *s, bool (*goes_on)(const void *request))
{
	struct fake_call *call;

	DL_FOREACH (s->controller->calls, call) {
		if (call->session != s || call->cancelled || goes_on(call->arg))
			continue;
		call->cancelled = true;
		s->controller->cancelled++;
	}
}

void session_close(struct session *s)
{
	struct controller *c = s->controller;
	struct fake_call *call, *next;
	struct fake_stream *stream, *next_stream;

	DL_FOREACH_SAFE (c->calls, call, next) {
		if (call->session == s)
			call_free(c, call);
	}
	DL_FOREACH_SAFE (c->stream_list, stream, next_stream) {
		if (stream->session == s)
			stream_free(c, stream);
	}
	c->sessions--;
	free(s);
}

/* Takes over outcome->result, if any. */
static struct fake_call *call_new(struct session *s, const struct outcome *outcome,
                                  outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct fake_call *call = mem_new(sizeof *call);

	*call = (struct fake_call){.session = s, .done = done, .arg = arg, .outcome = *outcome};
	DL_APPEND(c->calls, call);
	return call;
}

static void call_due(struct controller *c, struct fake_call *call)
{
	call->due = true;
	ev_idle_start(c->loop, &c->awake);
}

static void ask(struct session *s, const struct outcome *outcome, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct fake_call *call = call_new(s, outcome, done, arg);

	c->asked++;
	c->traces += c->traced;
	if (c->fails == ERR_NODE_UNAVAILABLE)
		error_unavailable(&call->outcome.error, OUTCOME_UNKNOWN, "it is said to fail");
	else if (c->fails != ERR_NONE)
		error_set(&call->outcome.error, c->fails, "it is said to fail");
	if (c->fails == ERR_SERVICE && c->detail) {
		call->outcome.detail = c->detail;
		call->outcome.detail_size = strlen(c->detail);
	}
	if (!c->hold)
		call_due(c, call);
}

void controller_create(struct session *s, const struct create_request *request, outcome_fn *done,
                       void *arg)
{
	const int parent = request->has_parent ? request->parent : -1;
	ask(s, &(struct outcome){.id = request->id, .parent = parent, .pid = 4000}, done, arg);
}

bool controller_waits(const struct controller *c, int id, int other)
{
	(void)c;
	return id == 10 && other == 10;
}

void controller_change(struct session *s, const struct change_request *request, outcome_fn *done,
                       void *arg)
{
	const int parent = request->what & CHANGE_PARENT ? request->parent : -1;
	ask(s, &(struct outcome){.id = request->id, .parent = parent, .changed = request->what},
	    done, arg);
}

void controller_ping(struct session *s, int id, outcome_fn *done, void *arg)
{
	ask(s, &(struct outcome){.id = id, .available = true}, done, arg);
}

uint64_t controller_waited(const struct controller *c, uint64_t read)
{
	(void)c;
	(void)read;
	return 0;
}

void controller_diagnose(struct session *s, int id, outcome_fn *done, void *arg)
{
	static const struct diagnosed_link link = {.id = 10, .parent = -1, .state = "available"};
	static const struct diagnosis found = {.links = &link, .count = 1};

	ask(s, &(struct outcome){.id = id, .diagnosis = &found}, done, arg);
}

void session_read(struct session *s, uint64_t read)
{
	(void)s;
	(void)read;
}

/* Slow requests are in a log that the fake has not. */
const struct slow_log *controller_slow(const struct controller *c)
{
	(void)c;
	return NULL;
}

/* Nor are its requests counted. */
const struct metrics *controller_metrics(const struct controller *c)
{
	(void)c;
	return NULL;
}

void controller_count(const struct controller *c, struct controller_counts *counts)
{
	(void)c;
	*counts = (struct controller_counts){
	    .states = {.count = 1, .items = {{.name = "available", .nodes = 2}}}, .sent = 3};
}

int controller_measure(const struct controller *c, int id, struct node_measure *measure,
                       struct error *err)
{
	static const struct histogram took = {.buckets = {1}, .sum_ns = 40000};

	(void)c;
	*measure = (struct node_measure){.id = id,
	                                 .parent = -1,
	                                 .pid = 4000,
	                                 .state = "available",
	                                 .service = "sum",
	                                 .requests = 1,
	                                 .took = &took};
	return id == 10 ? 0 : error_set(err, ERR_NOT_FOUND, "no node %d", id);
}

/* There is one node, with the serial 1. */
uint64_t controller_measure_some(const struct controller *c, uint64_t after, size_t most,
                                 measure_fn *fn, void *arg)
{
	struct node_measure measure;

	if (after || controller_measure(c, 10, &measure, NULL))
		return 0;
	fn(arg, &measure);
	return most == 1 ? 1 : 0;
}

void controller_pingall(struct session *s, outcome_fn *done, void *arg)
{
	static const int ids[] = {7, 10, 15};

	ask(s, &(struct outcome){.ids = ids, .id_count = ARRAY_SIZE(ids)}, done, arg);
}

void controller_kill(struct session *s, int id, outcome_fn *done, void *arg)
{
	static const int ids[] = {10, 11};

	ask(s, &(struct outcome){.id = id, .ids = ids, .id_count = ARRAY_SIZE(ids)}, done, arg);
}

void controller_start(struct session *s, int id, outcome_fn *done, void *arg)
{
	ask(s, &(struct outcome){.id = id, .pid = 3128}, done, arg);
}

void controller_stop(struct session *s, int id, outcome_fn *done, void *arg)
{
	ask(s, &(struct outcome){.id = id}, done, arg);
}

void controller_restart(struct session *s, int id, outcome_fn *done, void *arg)
{
	ask(s, &(struct outcome){.id = id, .pid = 3129}, done, arg);
}

void controller_wait(struct session *s, const struct wait_request *request, outcome_fn *done,
                     void *arg)
{
	ask(s, &(struct outcome){.id = request->id, .pid = 3129}, done, arg);
}

/* One is done, one fails, one is left. */
void controller_order_all(struct session *s, const struct order_all_request *request,
                          outcome_fn *done, void *arg)
{
	static const struct error failed = {.code = ERR_INTERNAL, .text = "no"};
	static const struct order_word words[] = {{.id = 10, .pid = 3129},
	                                          {.id = 11, .error = &failed}};
	static const int left[] = {12};
	static const struct order_all_result all = {words, 2, left, 1};

	ask(s, &(struct outcome){.id = request->root, .ordered = &all}, done, arg);
}

/* The answer to exec: the arguments, or `big` bytes; no result without arguments. */
static struct outcome exec_outcome(const struct controller *c, int id, const char *args,
                                   size_t size)
{
	struct buffer b = {0};

	if (c->big) {
		memset(buffer_reserve(&b, c->big), c->filling, c->big);
		buffer_claim(&b, c->big);
	}
	cr_assert(!size || args[size - 1] == '\0', "an argument has no end");
	for (size_t i = 0; !c->big && i < size; i += strlen(args + i) + 1)
		buffer_format(&b, "[%s]", args + i);
	return (struct outcome){.id = id, .result = b.data, .result_size = buffer_size(&b)};
}

void controller_exec(struct session *s, const struct exec_request *request, outcome_fn *done,
                     void *arg)
{
	const int id = request->group ? 11 : request->id;
	struct outcome outcome = exec_outcome(s->controller, id, request->args, request->size);

	s->controller->timeout_ms = request->timeout_ms;
	s->controller->unordered = request->unordered;
	ask(s, &outcome, done, arg);
}

/* Node 10 succeeds, node 11 is dead. */
void controller_exec_all(struct session *s, const struct exec_all_request *request,
                         outcome_fn *done, void *arg)
{
	static const struct error dead = {
	    .code = ERR_NODE_UNAVAILABLE, .outcome = OUTCOME_NOT_RUN, .text = "node 11 is dead"};
	static const struct node_word words[] = {{.id = 10, .result = "6", .size = 1},
	                                         {.id = 11, .error = &dead}};
	static const struct exec_all_result listed = {
	    .words = words, .word_count = 2, .listed = true, .count = 1};
	static const struct exec_all_result reduced = {
	    .words = words + 1, .word_count = 1, .count = 1, .valued = true, .value = INT64_MIN};
	static const struct exec_all_result nothing = {.words = NULL};
	const struct exec_all_result *result = &listed;

	s->controller->timeout_ms = request->timeout_ms;
	if (request->reduce)
		result = request->has_root ? &nothing : &reduced;
	ask(s, &(struct outcome){.id = request->root, .exec_all = result}, done, arg);
}

void controller_stream_open(struct session *s, const struct exec_request *request, outcome_fn *done,
                            void *arg)
{
	struct controller *c = s->controller;
	struct fake_stream *stream = mem_new(sizeof *stream);

	stream->number = ++c->last_stream;
	stream->session = s;
	stream->id = request->id;
	DL_APPEND(c->stream_list, stream);
	c->streams++;
	c->timeout_ms = request->timeout_ms;
	c->unordered = request->unordered;
	ask(s,
	    &(struct outcome){.id = request->id, .stream = stream->number, .credit = STREAM_WINDOW},
	    done, arg);
}

/* Of "sated" the process wants no input. */
void controller_stream_open_input(struct session *s, const struct exec_request *request,
                                  outcome_fn *done, void *arg)
{
	struct fake_stream *stream;

	controller_stream_open(s, request, done, arg);
	stream = s->controller->stream_list->prev;
	stream->input = true;
	stream->ended = request->size && strcmp(request->args, "sated") == 0;
}

static struct fake_stream *stream_find(const struct session *s, uint64_t number)
{
	struct fake_stream *stream;

	DL_SEARCH_SCALAR(s->controller->stream_list, stream, number, number);
	cr_assert(stream && stream->session == s, "a stream that control should know is closed");
	return stream;
}

/* The node takes nothing before the close. */
void controller_stream_feed(struct session *s, uint64_t number, const char *args, size_t size,
                            outcome_fn *done, void *arg)
{
	struct fake_stream *stream = stream_find(s, number);
	struct outcome outcome;

	cr_assert_leq(buffer_size(&stream->args) + size, STREAM_WINDOW, "fed over the credit");
	buffer_add(&stream->args, args, size);
	outcome = (struct outcome){.id = stream->id,
	                           .stream = number,
	                           .ended = stream->ended,
	                           .credit = STREAM_WINDOW - buffer_size(&stream->args)};
	ask(s, &outcome, done, arg);
}

size_t controller_stream_credit(const struct session *s, uint64_t number)
{
	return STREAM_WINDOW - buffer_size(&stream_find(s, number)->args);
}

void controller_stream_abandon(struct session *s, uint64_t number, outcome_fn *done, void *arg)
{
	stream_free(s->controller, stream_find(s, number));
	ask(s, &(struct outcome){.stream = number}, done, arg);
}

void controller_stream_close(struct session *s, uint64_t number, outcome_fn *done, void *arg)
{
	struct fake_stream *stream = stream_find(s, number);
	char *bytes = buffer_bytes(&stream->args);
	size_t size = buffer_size(&stream->args);
	struct outcome outcome = {.id = stream->id, .result_size = size};

	if (stream->input)
		outcome.result = mem_copy(bytes, size);
	else
		outcome = exec_outcome(s->controller, stream->id, bytes, size);
	stream_free(s->controller, stream);
	ask(s, &outcome, done, arg);
}

void controller_cancel(struct session *s, const void *request, outcome_fn *done, void *arg)
{
	struct fake_call *call;

	DL_SEARCH_SCALAR(s->controller->calls, call, arg, request);
	if (call) {
		error_set(&call->outcome.error, ERR_CANCELLED, "cancelled by its client");
		call_due(s->controller, call);
	}
	call_due(s->controller, call_new(s, &(struct outcome){.cancelled = call}, done, arg));
}

void controller_inspect(struct session *s, int id, outcome_fn *done, void *arg)
{
	call_due(s->controller, call_new(s, &(struct outcome){.id = id}, done, arg));
}

void controller_inspect_log(struct session *s, int id, outcome_fn *done, void *arg)
{
	controller_inspect(s, id, done, arg);
}

void controller_heartbeat_set(struct session *s, int64_t interval_ms, outcome_fn *done, void *arg)
{
	s->controller->heartbeat_ms = interval_ms;
	call_due(s->controller,
	         call_new(s, &(struct outcome){.id = -1, .interval_ms = interval_ms}, done, arg));
}

static struct node_view node(int id)
{
	return (struct node_view){.id = id,
	                          .parent = -1,
	                          .link = -1,
	                          .pid = 4000,
	                          .state = "available",
	                          .service = "sum",
	                          .depth = 1,
	                          .incarnation = 1,
	                          .cause = "",
	                          .retry_ms = -1,
	                          .restart = "no",
	                          .on_hang = "report",
	                          .declared_name = "no"};
}

void controller_each_service(const struct controller *c, service_fn *fn, void *arg)
{
	(void)c;
	fn(arg, &(struct declared_service){.name = "sum", .kind = "builtin", .usage = "N"});
	fn(arg, &(struct declared_service){.name = "calc",
	                                   .kind = "lines",
	                                   .summary = "adds",
	                                   .usage = "ARG...",
	                                   .origin = "dtreed.conf:1"});
}

void controller_each_node(const struct controller *c, node_fn *fn, void *arg)
{
	(void)c;
	for (int id = 10; id < 12; id++) {
		struct node_view view = node(id);
		fn(arg, &view);
	}
}

/* There is none. */
char *controller_log_path(const struct controller *c, int id)
{
	(void)c;
	return id == 10 ? mem_string("/nowhere/10") : NULL;
}

int controller_view(const struct controller *c, int id, struct node_view *view, struct error *err)
{
	(void)c;
	if (id != 10)
		return error_set(err, ERR_NOT_FOUND, "no node %d", id);
	*view = node(id);
	return 0;
}

void controller_view_self(const struct controller *c, struct controller_view *view)
{
	*view = (struct controller_view){.topology = "bst",
	                                 .service = "sum",
	                                 .heartbeat_ms = c->heartbeat_ms,
	                                 .nodes = 2,
	                                 .sessions = c->sessions,
	                                 .max_nodes = 100};
}

int controller_find(const struct controller *c, const char *name, int *id, struct error *err)
{
	(void)c;
	*id = 10;
	return strcmp(name, "ten")
	           ? error_set(err, ERR_NOT_FOUND, "no node has the name '%s'", name)
	           : 0;
}

int controller_choose(struct controller *c, const char *group, int *id, struct error *err)
{
	(void)c;
	*id = 11;
	return strcmp(group, "g")
	           ? error_set(err, ERR_NOT_FOUND, "no node is in a group '%s'", group)
	           : 0;
}

struct event_log *controller_events(const struct controller *c)
{
	return c->events;
}
