/*
 * The connection to dtreed. It owns the socket and the calls under way.
 *
 * Invariant: a call leaves the table before its callback runs, so that it is answered once; a
 * reply to a call that is not in the table (it timed out) is dropped.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/traceparent.h"
#include "client/internal.h"

/* The size of one read, and the most that one dtree_client_process() reads. */
#define READ_SIZE ((size_t)64 * 1024)
#define READ_TURN ((size_t)1024 * 1024)

struct dtree_client *dtree_client_connect(const char *path, struct dtree_error *err)
{
	int fd = client_connect_socket(path, err);
	struct dtree_client *client;

	if (fd < 0)
		return NULL;
	client = mem_new(sizeof *client);
	client->path = mem_string(path);
	client->fd = fd;
	client->in.max = DTREE_REPLY_MAX;
	return client;
}

int dtree_client_fd(const struct dtree_client *client)
{
	return client->fd;
}

short dtree_client_events(const struct dtree_client *client)
{
	return buffer_size(&client->out) ? POLLIN | POLLOUT : POLLIN;
}

size_t dtree_client_due(const struct dtree_client *client)
{
	return HASH_COUNT(client->calls);
}

size_t dtree_client_unsent(const struct dtree_client *client)
{
	return buffer_size(&client->out);
}

size_t dtree_client_streams(const struct dtree_client *client)
{
	return client->open_streams;
}

int64_t dtree_client_silence(const struct dtree_client *client)
{
	return client->calls ? clock_ms() - client->heard_ms : 0;
}

int dtree_client_traceparent(struct dtree_client *client, const char *traceparent,
                             struct dtree_error *err)
{
	char text[TRACEPARENT_SIZE + 1];
	struct error why;

	if (traceparent && traceparent_read(traceparent, strlen(traceparent), text, &why))
		return client_error(err, DTREE_INVALID, "%s", why.text);
	free(client->traceparent);
	client->traceparent = traceparent ? mem_string(text) : NULL;
	return 0;
}

void dtree_client_trace(struct dtree_client *client, bool traced)
{
	client->traces = traced;
}

void dtree_client_on_event(struct dtree_client *client, dtree_reply_fn *fn, void *arg)
{
	client->event = fn;
	client->event_arg = arg;
}

struct call *client_send(struct dtree_client *client, struct dtree_request *request,
                         dtree_reply_fn *done, void *arg, struct dtree_error *err)
{
	size_t before = buffer_size(&client->out);
	struct call *call = NULL;

	if (client->fd < 0) {
		client_error(err, DTREE_LOST, "connection to %s is lost", client->path);
		dtree_request_free(request);
		return NULL;
	}
	request_traceparent(request, client->traceparent);
	if (request_write(request, client->last_id + 1, &client->out, err) == 0) {
		client->queued += buffer_size(&client->out) - before;
		if (!client->calls)
			client->heard_ms = clock_ms();
		call = mem_new(sizeof *call);
		call->id = ++client->last_id;
		call->done = done;
		call->arg = arg;
		call->end = client->queued;
		HASH_ADD(hh, client->calls, id, sizeof call->id, call);
	}
	dtree_request_free(request);
	return call;
}

int dtree_client_send(struct dtree_client *client, struct dtree_request *request,
                      dtree_reply_fn *done, void *arg, struct dtree_error *err)
{
	if (client->traces)
		request_trace(request);
	return client_send(client, request, done, arg, err) ? 0 : -1;
}

/* The caller wants no reply. */
static void on_dropped(void *arg, const struct dtree_reply *reply)
{
	(void)arg;
	(void)reply;
}

void client_cancel(struct dtree_client *client, struct call *call)
{
	struct dtree_request *request = dtree_request_new("cancel");

	dtree_request_int(request, "request", (long long)call->id);
	client_send(client, request, on_dropped, NULL, NULL);
}

void dtree_client_cancel(struct dtree_client *client, const void *arg)
{
	struct call *call, *next;

	HASH_ITER (hh, client->calls, call, next) {
		if (call->of_stream || call->arg != arg)
			continue;
		client_cancel(client, call);
		call->done = on_dropped;
		call->arg = NULL;
	}
	if (client->cancel_streams)
		client->cancel_streams(client, arg, false);
}

size_t dtree_client_ask_cancel(struct dtree_client *client, const void *arg)
{
	struct call *call, *next;
	size_t count = 0;

	HASH_ITER (hh, client->calls, call, next) {
		if (call->of_stream || call->arg != arg)
			continue;
		client_cancel(client, call);
		count++;
	}
	if (client->cancel_streams)
		count += client->cancel_streams(client, arg, true);
	return count;
}

/* Takes the call out of the table and answers it. */
static void call_answer(struct dtree_client *client, struct call *call,
                        const struct dtree_reply *reply)
{
	HASH_DEL(client->calls, call);
	call->done(call->arg, reply);
	free(call);
}

/* Did dtreed get enough of the line to act on it? The line end may be missing: dtreed also takes a
 * last line without one. */
static bool call_may_have_run(const struct dtree_client *client, const struct call *call)
{
	return !client->refused && client->written + 1 >= call->end;
}

void dtree_client_fail(struct dtree_client *client, int code, const char *text)
{
	struct dtree_reply *reply;

	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	buffer_free(&client->out);
	while (client->calls) {
		/* Each call gets its own reply: the receiver may keep it. */
		reply = dtree_reply_error(code, text, call_may_have_run(client, client->calls));
		call_answer(client, client->calls, reply);
		dtree_reply_free(reply);
	}
	if (client->end_streams)
		client->end_streams(client, code, text);
}

void dtree_client_free(struct dtree_client *client)
{
	struct dtree_reply *reply;
	struct call *call, *next;

	if (!client)
		return;
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	if (client->end_streams)
		client->end_streams(client, DTREE_OK, NULL);
	reply = dtree_reply_error(DTREE_LOST, "the client has gone", false);
	HASH_ITER (hh, client->calls, call, next) {
		HASH_DEL(client->calls, call);
		if (call->of_stream)
			call->done(call->arg, reply);
		free(call);
	}
	dtree_reply_free(reply);
	line_free(&client->in);
	buffer_free(&client->out);
	free(client->traceparent);
	free(client->path);
	free(client);
}

/* Handles an error that belongs to no request: nothing of its subject was carried out, which is a
 * line that dtreed refuses, or with DENIED the whole connection. */
static int refusal_take(struct dtree_client *client, const struct dtree_reply *reply,
                        struct dtree_error *err)
{
	client->refused = dtree_reply_code(reply) == DTREE_DENIED || client->last_id == 1;
	return client_error(err, DTREE_LOST, "dtreed: %s", dtree_reply_message(reply));
}

static void notification_take(struct dtree_client *client, const struct dtree_reply *reply)
{
	struct dtree_progress progress;
	struct call *call;
	uint64_t id;

	if (!reply_progress(reply, &id, &progress)) {
		if (client->event)
			client->event(client->event_arg, reply);
		return;
	}
	HASH_FIND(hh, client->calls, &id, sizeof id, call);
	if (call && call->progress)
		call->progress(call->arg, &progress);
}

static int line_take(struct dtree_client *client, const char *line, size_t n,
                     struct dtree_error *err)
{
	uint64_t id;
	struct call *call;
	struct dtree_reply *reply = reply_read(line, n, &id, err);
	int failed = 0;

	if (!reply)
		return -1;
	if (id) {
		HASH_FIND(hh, client->calls, &id, sizeof id, call);
		if (call)
			call_answer(client, call, reply);
	} else if (dtree_reply_code(reply)) {
		failed = refusal_take(client, reply, err);
	} else {
		notification_take(client, reply);
	}
	dtree_reply_free(reply);
	return failed;
}

/* Handles every complete line. */
static int lines_take(struct dtree_client *client, struct dtree_error *err)
{
	char *line;
	size_t n;
	int found = 0;

	while (client->fd >= 0 && (found = line_next(&client->in, &line, &n)) > 0)
		if (line_take(client, line, n, err))
			return -1;
	if (found < 0)
		return client_error(err, DTREE_LOST, "%s: a reply of more than %zu bytes",
		                    client->path, DTREE_REPLY_MAX);
	return 0;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Writes as much as the socket takes. A failure is left to the read, which may find a last error;
 * nothing may be sent behind a line that was cut off. */
static void out_write(struct dtree_client *client)
{
	while (buffer_size(&client->out)) {
		ssize_t n = send(client->fd, buffer_bytes(&client->out), buffer_size(&client->out),
		                 MSG_NOSIGNAL);
		if (n < 0) {
			if (would_block())
				return;
			shutdown(client->fd, SHUT_WR);
			buffer_free(&client->out);
			return;
		}
		client->written += (uint64_t)n;
		buffer_take(&client->out, (size_t)n);
	}
}

static int in_read(struct dtree_client *client, struct dtree_error *err)
{
	for (size_t turn = 0; turn < READ_TURN && client->fd >= 0;) {
		char *room = line_reserve(&client->in, READ_SIZE);
		ssize_t n = recv(client->fd, room, READ_SIZE, 0);

		if (n < 0 && would_block())
			return 0;
		if (n <= 0)
			return client_error(
			    err, DTREE_LOST, "connection to %s is lost: %s", client->path,
			    n == 0 || errno == ECONNRESET ? "closed by dtreed" : strerror(errno));
		line_claim(&client->in, (size_t)n);
		client->heard_ms = clock_ms();
		if (lines_take(client, err))
			return -1;
		if ((size_t)n < READ_SIZE)
			return 0;
		turn += (size_t)n;
	}
	return 0;
}

int dtree_client_process(struct dtree_client *client, struct dtree_error *err)
{
	struct dtree_error why;

	if (client->fd < 0)
		return client_error(err, DTREE_LOST, "connection to %s is lost", client->path);
	out_write(client);
	if (in_read(client, &why) == 0) {
		if (client->fd >= 0)
			return 0;
		return client_error(err, DTREE_LOST, "connection to %s is lost", client->path);
	}
	dtree_client_fail(client, why.code, why.text);
	if (err)
		*err = why;
	return -1;
}

/* Keeps the reply of a blocking call. */
static void on_called(void *arg, const struct dtree_reply *reply)
{
	struct dtree_reply **kept = arg;

	*kept = reply_keep(reply);
}

static void call_forget(struct dtree_client *client, struct dtree_reply **kept)
{
	struct call *call, *next;

	HASH_ITER (hh, client->calls, call, next) {
		if (call->arg != kept)
			continue;
		HASH_DEL(client->calls, call);
		free(call);
	}
}

struct dtree_reply *dtree_client_call(struct dtree_client *client, struct dtree_request *request,
                                      int timeout_ms, struct dtree_error *err)
{
	struct dtree_reply *reply = NULL;
	int64_t end = clock_ms() + timeout_ms;
	struct dtree_error late;

	if (dtree_client_send(client, request, on_called, &reply, err))
		return NULL;
	while (dtree_client_process(client, NULL) == 0 && !reply) {
		struct pollfd pfd = {client->fd, dtree_client_events(client), 0};
		int64_t left = end - clock_ms();

		if (timeout_ms >= 0 && left <= 0) {
			call_forget(client, &reply);
			client_error(&late, DTREE_TIMEOUT, "no answer from %s within %d ms",
			             client->path, timeout_ms);
			return dtree_reply_error(late.code, late.text, true);
		}
		poll(&pfd, 1, timeout_ms < 0 ? -1 : (int)left);
	}
	return reply;
}
