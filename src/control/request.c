/*
 * Requests and their replies. Invariant: a request is in its client's list from request_new()
 * until its end; a batch is there as long as one of its requests is.
 */
#include "control/request.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "wire/json.h"
#include "wire/json_write.h"

/* What a reply has around its result; an id may be longer, but not by much. */
#define REPLY_FRAME 512

int request_read_id(const struct cJSON *json, char **id, struct error *err)
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
		if (size > REQUEST_ID_MAX)
			return error_set(err, ERR_REQUEST, "'id' has more than %zu bytes",
			                 REQUEST_ID_MAX);
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

struct request *request_new(struct client *c, struct batch *batch, char *id)
{
	struct request *r = mem_new(sizeof *r);

	r->client = c;
	r->batch = batch;
	r->id = id;
	if (batch)
		batch->due++;
	DL_APPEND(c->requests, r);
	c->request_count++;
	return r;
}

static void request_free(struct request *r)
{
	DL_DELETE(r->client->requests, r);
	r->client->request_count--;
	buffer_free(&r->args);
	free(r->id);
	free(r);
}

/* Where a reply is written. */
static struct buffer *target(struct client *c, struct batch *batch)
{
	return batch ? &batch->replies : client_output(c);
}

static void open_reply(struct buffer *b, const char *id)
{
	json_open_object(b, NULL);
	json_add_text(b, "jsonrpc", "2.0");
	if (id)
		json_add_raw(b, "id", id, strlen(id));
	else
		json_add_null(b, "id");
}

static void write_error(struct buffer *b, const char *id, const struct error *err)
{
	const struct error_row *row = error_row(err->code);
	const char *outcome = error_outcome_name(err->outcome);

	open_reply(b, id);
	json_open_object(b, "error");
	json_add_int(b, "code", err->code);
	json_add_text(b, "message", err->text);
	json_open_object(b, "data");
	json_add_text(b, "name", row ? row->name : "UNKNOWN");
	if (outcome)
		json_add_text(b, "outcome", outcome);
	if (err->retry_ms)
		json_add_int(b, "retry_ms", err->retry_ms);
	json_close_object(b);
	json_close_object(b);
	json_close_object(b);
}

/* A reply was added, at `from` of its buffer. */
static void written(struct client *c, struct batch *batch, struct buffer *b, size_t from)
{
	if (batch) {
		c->batched += buffer_size(b) - from;
		return;
	}
	buffer_add(b, "\n", 1);
	client_touch(c);
}

/* The request has had its reply, if one was due. */
static void leave(struct request *r)
{
	struct client *c = r->client;
	struct batch *batch = r->batch;

	request_free(r);
	if (batch)
		batch_leave(c, batch);
	client_touch(c);
}

struct buffer *request_result(struct request *r)
{
	r->reply = r->id ? target(r->client, r->batch) : &r->client->control->nobody;
	r->before = buffer_size(r->reply);
	open_reply(r->reply, r->id);
	buffer_add_string(r->reply, ",\"result\":");
	return r->reply;
}

void request_unwrite(struct request *r)
{
	r->reply->end = r->reply->start + r->before;
}

void request_done(struct request *r)
{
	json_close_object(r->reply);
	if (r->id)
		written(r->client, r->batch, r->reply, r->before);
	buffer_free(&r->client->control->nobody);
	leave(r);
}

void request_done_empty(struct request *r)
{
	struct buffer *b = request_result(r);

	json_open_object(b, NULL);
	json_close_object(b);
	request_done(r);
}

void request_fail(struct request *r, const struct error *err)
{
	if (r->id)
		reply_error(r->client, r->batch, r->id, err);
	leave(r);
}

void reply_error(struct client *c, struct batch *batch, const char *id, const struct error *err)
{
	struct buffer *b = target(c, batch);
	size_t from = buffer_size(b);

	write_error(b, id, err);
	written(c, batch, b, from);
}

void reply_error_line(struct buffer *b, const char *id, const struct error *err)
{
	write_error(b, id, err);
	buffer_add(b, "\n", 1);
}

size_t request_room(const struct request *r)
{
	size_t kept = buffer_size(&r->client->out) + r->client->batched;

	return kept < CLIENT_KEPT_MAX ? CLIENT_KEPT_MAX - kept : 0;
}

bool request_reserve(struct request *r, size_t n)
{
	return !r->id || buffer_try(target(r->client, r->batch), n + REPLY_FRAME);
}

void request_ends(struct request *r)
{
	if (r->batch)
		r->batch->ends = true;
	else
		r->client->ends = true;
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
	/* One that held only notifications is not answered (JSON-RPC 2.0, section 6). */
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

void request_free_all(struct client *c)
{
	while (c->requests)
		request_free(c->requests);
	while (c->batches)
		batch_free(c, c->batches);
}
