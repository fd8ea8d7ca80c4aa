/* Invariant: only poll(2) blocks, so that a signal is always handled at once. */
#include "ctl/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/run_delay.h"

enum { AT_CLIENT, AT_OUTPUT, AT_INPUT, AT_SIGNAL, AT_COUNT };

/* How long to wait; *late: dtreed has been silent for too long. */
static int loop_wait(const struct loop *loop, int wait_ms, bool *late)
{
	int64_t left;

	*late = false;
	if (!loop->client || !loop->timeout_ms || !dtree_client_due(loop->client))
		return wait_ms;
	left = loop->timeout_ms - dtree_client_silence(loop->client);
	*late = left <= 0;
	if (*late)
		return 0;
	return wait_ms >= 0 && wait_ms < left ? wait_ms : (int)left;
}

static void loop_around(const struct loop *loop, bool before)
{
	if (before)
		progress_hide(loop->progress);
	if (loop->around)
		loop->around(loop->around_arg, before);
}

static void loop_write(struct loop *loop)
{
	loop_around(loop, true);
	output_write(loop->out);
	loop_around(loop, false);
}

static unsigned loop_read(struct loop *loop)
{
	return dtree_client_process(loop->client, &loop->why) ? LOOP_LOST : 0;
}

static unsigned loop_give_up(struct loop *loop)
{
	loop->why = (struct dtree_error){DTREE_TIMEOUT, "no answer in time"};
	dtree_client_fail(loop->client, loop->why.code, loop->why.text);
	return LOOP_LATE;
}

static struct pollfd loop_client(const struct loop *loop, bool full)
{
	struct pollfd pfd = {.fd = -1};

	if (!loop->client)
		return pfd;
	pfd.fd = dtree_client_fd(loop->client);
	pfd.events = dtree_client_events(loop->client);
	if (full)
		pfd.events &= (short)~POLLIN;
	return pfd;
}

/* false: a signal came. */
static bool loop_sleep(struct loop *loop, struct pollfd *fds, int wait_ms)
{
	bool measures = loop->measures && *loop->measures;
	uint64_t before = measures ? run_delay_ns() : 0;

	if (poll(fds, AT_COUNT, wait_ms) < 0)
		return false;
	loop->woke.at = clock_ns();
	loop->woke.waited = measures ? run_delay_ns() - before : 0;
	return true;
}

unsigned loop_turn(struct loop *loop, int wait_ms)
{
	struct output *out = loop->out;
	size_t pending = buffer_size(&out->pending);
	bool full = pending > LOOP_OUTPUT;
	struct pollfd fds[AT_COUNT] = {
	    [AT_CLIENT] = loop_client(loop, full),
	    [AT_OUTPUT] = {out->fd, pending ? POLLOUT : 0, 0},
	    [AT_INPUT] = {full ? -1 : loop->input_fd, POLLIN, 0},
	    [AT_SIGNAL] = {loop->signal_fd, POLLIN, 0},
	};
	bool late;
	unsigned events = 0;

	if (loop->client && fds[AT_CLIENT].fd < 0)
		events |= LOOP_LOST;
	wait_ms = loop_wait(loop, events ? 0 : wait_ms, &late);
	wait_ms = progress_wait(loop->progress, wait_ms);
	if (!loop_sleep(loop, fds, wait_ms))
		return events;
	if (fds[AT_SIGNAL].revents)
		events |= LOOP_SIGNAL;
	if (fds[AT_OUTPUT].revents & POLLOUT)
		loop_write(loop);
	if (!out->closed && fds[AT_OUTPUT].revents & POLLERR) {
		/* For a pipe this means that it has no reader any more (poll(2)). */
		out->closed = true;
		out->error = EPIPE;
	}
	if (out->closed)
		events |= LOOP_CLOSED;
	if (fds[AT_CLIENT].revents)
		events |= loop_read(loop);
	else if (late && !full)
		events |= loop_give_up(loop);
	if (fds[AT_INPUT].revents)
		events |= LOOP_INPUT;
	progress_draw(loop->progress);
	return events;
}

void loop_say(struct loop *loop, const char *fmt, ...)
{
	va_list ap;

	loop_around(loop, true);
	fputs("dtreectl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	loop_around(loop, false);
}
