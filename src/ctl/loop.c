/* The loop. Invariant: nothing here blocks but poll(2), so that a signal is always seen at once. */
#include "ctl/loop.h"

#include <poll.h>

enum { AT_CLIENT, AT_OUTPUT, AT_INPUT, AT_SIGNAL, AT_COUNT };

static unsigned loop_give_up(struct loop *loop, int code, unsigned event, const char *text)
{
	dtree_client_fail(loop->session->client, code, text);
	return event;
}

/* How long to wait, and whether dtreed has been silent for too long already. */
static int loop_wait(const struct loop *loop, int wait_ms, bool *late)
{
	int64_t silence = dtree_client_silence(loop->session->client);
	bool due = dtree_client_due(loop->session->client) > 0;
	int64_t left = loop->timeout_ms - silence;

	*late = false;
	if (!loop->timeout_ms || !due)
		return wait_ms;
	*late = left <= 0;
	if (*late)
		return 0;
	return wait_ms >= 0 && wait_ms < left ? wait_ms : (int)left;
}

static void loop_write(struct loop *loop)
{
	if (loop->around)
		loop->around(loop->around_arg, true);
	output_write(loop->session->out);
	if (loop->around)
		loop->around(loop->around_arg, false);
}

static unsigned loop_read(struct loop *loop)
{
	return dtree_client_process(loop->session->client, &loop->why) ? LOOP_LOST : 0;
}

unsigned loop_turn(struct loop *loop, int wait_ms)
{
	struct output *out = loop->session->out;
	struct dtree_client *client = loop->session->client;
	size_t pending = buffer_size(&out->pending);
	bool full = pending > LOOP_OUTPUT;
	struct pollfd fds[AT_COUNT] = {
	    [AT_CLIENT] = {dtree_client_fd(client), dtree_client_events(client), 0},
	    [AT_OUTPUT] = {out->fd, pending ? POLLOUT : 0, 0},
	    [AT_INPUT] = {full ? -1 : loop->input_fd, POLLIN, 0},
	    [AT_SIGNAL] = {loop->signal_fd, POLLIN, 0},
	};
	bool late;
	unsigned events = 0;

	if (fds[AT_CLIENT].fd < 0)
		events |= LOOP_LOST;
	if (full)
		fds[AT_CLIENT].events &= (short)~POLLIN;
	wait_ms = loop_wait(loop, events ? 0 : wait_ms, &late);
	if (poll(fds, AT_COUNT, wait_ms) < 0)
		return events;
	if (fds[AT_SIGNAL].revents)
		events |= LOOP_SIGNAL;
	if (fds[AT_OUTPUT].revents & POLLOUT)
		loop_write(loop);
	if (out->closed || fds[AT_OUTPUT].revents & (POLLERR | POLLNVAL))
		events |= LOOP_CLOSED;
	if (fds[AT_CLIENT].revents)
		events |= loop_read(loop);
	else if (late && !full)
		events |= loop_give_up(loop, DTREE_TIMEOUT, LOOP_LATE, "no answer in time");
	if (fds[AT_INPUT].revents)
		events |= LOOP_INPUT;
	return events;
}
