/*
 * Calls and their replies. Invariant: a call is in its client's list from call_new() until its end;
 * a batch exists as long as one of its calls does.
 */
#include "control/call.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/parse.h"
#include "base/pieces.h"
#include "control/audit.h"
#include "control/method.h"
#include "control/trace_reply.h"
#include "controller/controller.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* Bytes around the result of a reply; a long id may need a little more. */
#define REPLY_FRAME 512

static struct pieces call_pieces = {.size = sizeof(struct call)};

int call_read_id(const struct cJSON *json, char **id, struct error *err)
{
	struct buffer b = {0};
	const char *text;
	size_t size;
	int64_t number;

	if (!json)
		return 0;
	if (json_is_null(json)) {
		json_add_null(&b, NULL);
	} else if (json_string(json, "id", &text, &size, NULL) == 0) {
		if (size > CALL_ID_MAX)
			return error_set(err, ERR_REQUEST, "'id' has more than %zu bytes",
			                 CALL_ID_MAX);
		json_add_string(&b, NULL, text, size);
	} else if (json_whole(json, &number) == 0) {
		json_add_int(&b, NULL, number);
	} else {
		return error_set(err, ERR_REQUEST,
		                 "'id' is neither a string nor an integer of at most 2^53");
	}
	buffer_add(&b, "", 1);
	*id = b.data;
	return 0;
}

struct call *call_new(struct client *c, struct batch *batch, const struct method *method, char *id)
{
	struct call *call = pieces_new(&call_pieces);

	call->client = c;
	call->method = method;
	call->batch = batch;
	call->id = id;
	if (batch)
		batch->due++;
	DL_APPEND(c->calls, call);
	c->call_count++;
	return call;
}

static void call_free(struct call *call)
{
	DL_DELETE(call->client->calls, call);
	call->client->call_count--;
	buffer_free(&call->args);
	free(call->audited);
	free(call->traceparent);
	free(call->id);
	pieces_give(&call_pieces, call);
}

/* The buffer for the reply. */
static struct buffer *call_target(struct client *c, struct batch *batch)
{
	return batch ? &batch->replies : client_output(c);
}

static void call_open_reply(struct buffer *b, const char *id)
{
	json_open_object(b, NULL);
	/* Each reply begins with it; the id is as call_read_id() wrote it. */
	buffer_add_string(b, "\"jsonrpc\":\"2.0\",\"id\":");
	buffer_add_string(b, id ? id : "null");
}

/* The detail is a node's: what is no JSON object is left out. The reply, its error, and the batch
 * are around it. */
static void call_write_detail(struct buffer *b, const char *detail, size_t size)
{
	if (size <= 2 || detail[0] != '{' || detail[size - 1] != '}' || !json_fits(detail, size, 3))
		return;
	buffer_add(b, ",", 1);
	buffer_add(b, detail + 1, size - 2);
}

/* Adds where the call was, if its client asked for that. outcome: NULL if the controller was not
 * asked. */
static void call_add_trace(struct buffer *b, const struct call *call, const struct outcome *outcome)
{
	if (call && call->traced)
		trace_reply_add(b, call->method->name, call->read, call->waited,
		                outcome ? &outcome->trace : NULL);
}

/* call: NULL if it is of none. outcome: NULL if the controller was not asked. node: the node whose
 * error it is; NULL: the client named it, or it is of none. */
static void call_write_error(struct buffer *b, const struct call *call, const char *id,
                             const struct error *err, const struct outcome *outcome,
                             const int *node)
{
	const struct error_row *row = error_row(err->code);
	const char *fate = error_outcome_name(err->outcome);

	call_open_reply(b, id);
	json_open_object(b, "error");
	json_add_int(b, "code", err->code);
	json_add_text(b, "message", err->text);
	json_open_object(b, "data");
	json_add_text(b, "name", row ? row->name : "UNKNOWN");
	if (fate)
		json_add_text(b, "outcome", fate);
	if (err->retry_ms)
		json_add_int(b, "retry_ms", err->retry_ms);
	if (node)
		json_add_int(b, "id", *node);
	if (outcome && outcome->detail)
		call_write_detail(b, outcome->detail, outcome->detail_size);
	json_close_object(b);
	json_close_object(b);
	call_add_trace(b, call, outcome);
	json_close_object(b);
}

/* A reply was written to its buffer, from `from` on. */
static void call_add_reply(struct client *c, struct batch *batch, struct buffer *b, size_t from)
{
	if (batch) {
		c->batched += buffer_size(b) - from;
		return;
	}
	buffer_add(b, "\n", 1);
	client_touch(c);
}

/* The call has got its reply, if it was due one. */
static void call_leave(struct call *call)
{
	struct client *c = call->client;
	struct batch *batch = call->batch;

	call_free(call);
	if (batch)
		batch_leave(c, batch);
	client_touch(c);
}

static void reply_refuse(struct client *c, struct batch *batch, const struct call *call,
                         const char *id, const struct error *err, const struct outcome *outcome,
                         const int *node)
{
	struct buffer *b = call_target(c, batch);
	size_t from = buffer_size(b);

	call_write_error(b, call, id, err, outcome, node);
	call_add_reply(c, batch, b, from);
}

static struct buffer *call_open_result(struct call *call)
{
	struct buffer *b =
	    call->id ? call_target(call->client, call->batch) : &call->client->control->dropped;

	call->reply = b;
	call->before = buffer_size(b);
	call_open_reply(b, call->id);
	buffer_add_string(b, ",\"result\":");
	call->start = buffer_size(b);
	json_open_object(b, NULL);
	return b;
}

static void call_close_result(struct call *call, const struct outcome *outcome)
{
	json_close_object(call->reply);
	call_add_trace(call->reply, call, outcome);
	json_close_object(call->reply);
	if (call->id)
		call_add_reply(call->client, call->batch, call->reply, call->before);
	buffer_free(&call->client->control->dropped);
	call_leave(call);
}

/* outcome: NULL if the controller was not asked. */
static void call_write(struct call *call, const struct outcome *outcome)
{
	const struct method *method = call->method;
	struct result result;

	result.call = call;
	result.outcome = outcome;
	result.b = call_open_result(call);
	if (!method->write || method->write(&result) == 0) {
		call_close_result(call, outcome);
		return;
	}
	/* Drops what was written of the result. */
	call->reply->end = call->reply->start + call->before;
	call_fail(call, &result.err);
}

static void call_refuse(struct call *call, const struct error *err, const struct outcome *outcome)
{
	bool chosen = outcome && call->pooled && outcome->id != NODE_CONTROLLER;

	if (call->id)
		reply_refuse(call->client, call->batch, call, call->id, err, outcome,
		             chosen ? &outcome->id : NULL);
	call_leave(call);
}

/* Once. err NULL: it was done. */
static void call_audit(struct call *call, const struct error *err)
{
	if (call->audited)
		audit_tell(call->client, call->audited, err);
	free(call->audited);
	call->audited = NULL;
}

void call_on_outcome(void *arg, const struct outcome *outcome)
{
	call_audit(arg, outcome->error.code == ERR_NONE ? NULL : &outcome->error);
	if (outcome->error.code == ERR_NONE)
		call_write(arg, outcome);
	else
		call_refuse(arg, &outcome->error, outcome);
}

/* The object is a node's: what is none is left out. */
void call_on_progress(void *arg, const char *json, size_t n)
{
	const struct call *call = arg;
	struct client *c = call->client;
	struct buffer *b = &c->out;

	if (!call->id || c->gone || buffer_size(b) > CLIENT_UNSENT_EVENTS || n <= 2 ||
	    json[0] != '{' || !json_fits(json, n, 1))
		return;
	json_open_object(b, NULL);
	json_add_text(b, "jsonrpc", "2.0");
	json_add_text(b, "method", "progress");
	json_open_object(b, "params");
	json_add_raw(b, "id", call->id, strlen(call->id));
	buffer_add(b, ",", 1);
	buffer_add(b, json + 1, n - 2);
	json_close_object(b);
	json_close_object(b);
	buffer_add(b, "\n", 1);
	client_touch(c);
}

void call_done(struct call *call)
{
	call_audit(call, NULL);
	call_write(call, NULL);
}

void call_fail(struct call *call, const struct error *err)
{
	call_audit(call, err);
	call_refuse(call, err, NULL);
}

void reply_error(struct client *c, struct batch *batch, const char *id, const struct error *err)
{
	reply_refuse(c, batch, NULL, id, err, NULL, NULL);
}

void reply_error_line(struct buffer *b, const char *id, const struct error *err)
{
	call_write_error(b, NULL, id, err, NULL, NULL);
	buffer_add(b, "\n", 1);
}

size_t call_room(const struct call *call)
{
	const struct client *c = call->client;
	size_t unsent = call->reply == &c->out ? call->before : buffer_size(&c->out);
	size_t kept = unsent + c->batched;

	return kept < CLIENT_KEPT_MAX ? CLIENT_KEPT_MAX - kept : 0;
}

bool call_reserve(struct call *call, size_t n)
{
	return !call->id || buffer_try(call->reply, n + REPLY_FRAME);
}

size_t call_written(const struct call *call)
{
	return buffer_size(call->reply) - call->start;
}

void call_ends(struct call *call)
{
	if (call->batch)
		call->batch->ends = true;
	else
		call->client->ends = true;
}

struct batch *batch_new(struct client *c)
{
	struct batch *batch = mem_new(sizeof *batch);

	batch->number = ++c->last_batch;
	batch->due = 1;
	json_open_array(&batch->replies, NULL);
	DL_APPEND(c->batches, batch);
	return batch;
}

static void batch_free(struct client *c, struct batch *batch)
{
	DL_DELETE(c->batches, batch);
	buffer_free(&batch->replies);
	free(batch);
}

void batch_leave(struct client *c, struct batch *batch)
{
	size_t size = buffer_size(&batch->replies);

	if (--batch->due)
		return;
	c->batched -= size - 1;
	/* A batch of notifications only gets no answer (JSON-RPC 2.0, section 6). */
	if (size > 1) {
		struct buffer *b = client_output(c);
		json_close_array(&batch->replies);
		buffer_add(b, buffer_bytes(&batch->replies), size + 1);
		buffer_add(b, "\n", 1);
	}
	c->ends |= batch->ends;
	batch_free(c, batch);
	client_touch(c);
}

bool batch_due(const struct client *c, uint64_t number)
{
	struct batch *batch;

	DL_SEARCH_SCALAR(c->batches, batch, number, number);
	return batch;
}

void call_free_all(struct client *c)
{
	while (c->calls) {
		if (c->calls->audited)
			audit_unheard(c, c->calls->audited);
		call_free(c->calls);
	}
	while (c->batches)
		batch_free(c, c->batches);
}
