/*
 * The listening socket and the turns of its clients. Owns every client, by id.
 *
 * Clients get their turn in two prepare watchers: the first serves lines, the second writes.
 * Between them the controller tells outcomes (controller/request/completion.h), so a reply that is
 * known at once leaves in the same turn, in one write with the others. Messages that are sent to
 * workers meanwhile are flushed by the links' prepare watchers, which come after (link/zwatch.h).
 * Invariant: while a client is touched the idle watcher is active, so that the loop does not block
 * before its turn.
 */
#include "control/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/call.h"
#include "control/client.h"
#include "control/cmd_logs.h"
#include "control/connection.h"
#include "control/denied.h"
#include "control/hangup.h"
#include "control/peer.h"
#include "controller/node/event.h"
#include "wire/json_pool.h"

/* Connections accepted in one turn of the loop. */
#define ACCEPT_TURN 32
/* Seconds after which accepting is tried again when resources were lacking. */
#define ACCEPT_PAUSE 0.1

/* Writes one line with the reason, if the socket takes it, and closes it. */
static void socket_turn_away(int fd, const struct error *err)
{
	struct buffer line = {0};
	ssize_t ignored;

	reply_error_line(&line, NULL, err);
	ignored = send(fd, buffer_bytes(&line), buffer_size(&line), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)ignored;
	buffer_free(&line);
	close(fd);
}

/* Logged once when it begins and once when it ends. */
static void socket_note_crowded(struct control *control, bool crowded, const char *why)
{
	if (control->crowded == crowded)
		return;
	control->crowded = crowded;
	if (crowded)
		log_warn("control", "clients are turned away: %s", why);
	else
		log_info("control", "clients are accepted again");
}

/* Is there room for one more client, whose descriptor is open already? */
static int socket_check_room(struct control *control, bool *promised, struct error *err)
{
	if (HASH_COUNT(control->clients) >= control->config.clients_max)
		return error_set(err, ERR_LIMIT, "there are %zu clients",
		                 control->config.clients_max);
	*promised = limits_promise(1);
	if ((*promised || control->kept < CLIENTS_KEPT) && limits_room(LIMITS_RESERVE))
		return 0;
	if (*promised)
		limits_release(1);
	return error_set(err, ERR_LIMIT, "no descriptors are left for more clients");
}

static void socket_welcome(struct control *control, int fd)
{
	struct peer_credentials who;
	struct error err;
	bool promised = false;

	if (peer_look(fd, &control->config.groups, &who, &err)) {
		denied_note(control, err.text);
		socket_turn_away(fd, &err);
	} else if (socket_check_room(control, &promised, &err)) {
		socket_note_crowded(control, true, err.text);
		socket_turn_away(fd, &err);
	} else {
		socket_note_crowded(control, false, NULL);
		connection_new(control, fd, &who, promised);
	}
}

static void socket_on_accept(struct ev_loop *loop, ev_io *io, int revents)
{
	struct control *control = io->data;

	(void)revents;
	for (int i = 0; i < ACCEPT_TURN; i++) {
		int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			socket_welcome(control, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		/* EMFILE, ENFILE, ENOMEM: the socket stays readable, so it is not watched for a
		 * while. */
		socket_note_crowded(control, true, strerror(errno));
		ev_io_stop(loop, io);
		ev_timer_set(&control->pause, ACCEPT_PAUSE, 0.);
		ev_timer_start(loop, &control->pause);
		return;
	}
}

static void socket_on_pause_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct control *control = timer->data;

	(void)revents;
	ev_io_start(loop, &control->accept);
}

static void socket_end(struct control *control)
{
	if (control->ended)
		return;
	control->ended = true;
	ev_timer_stop(control->loop, &control->grace);
	control->config.shutdown(control->config.arg);
}

/* The client that requested the end does not read the answer. */
static void socket_on_grace_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	socket_end(timer->data);
}

static void socket_on_event(void *arg, const struct event *event)
{
	struct control *control = arg;

	(void)event;
	control->happened = true;
	ev_idle_start(control->loop, &control->awake);
}

static void socket_touch_subscribers(struct control *control)
{
	struct client *c, *next;

	control->happened = false;
	HASH_ITER (hh, control->clients, c, next) {
		if (c->subscriptions)
			client_touch(c);
	}
}

/* No client is freed by it, and none is touched. */
static void socket_on_serve(struct ev_loop *loop, ev_prepare *serve, int revents)
{
	const struct control *control = serve->data;
	struct client *c;

	(void)loop;
	(void)revents;
	DL_FOREACH2(control->touched, c, due_next)
	{
		connection_serve(c);
	}
}

static void socket_on_flush(struct ev_loop *loop, ev_prepare *flush, int revents)
{
	struct control *control = flush->data;
	struct client *now;

	(void)revents;
	if (control->happened)
		socket_touch_subscribers(control);
	/* Clients that are touched from here on get the next turn. */
	now = control->touched;
	control->touched = NULL;
	while (now) {
		struct client *c = now;
		DL_DELETE2(now, c, due_prev, due_next);
		c->is_touched = false;
		connection_flush(c);
	}
	if (control->answered)
		socket_end(control);
	if (!control->touched && !control->happened)
		ev_idle_stop(loop, &control->awake);
}

/* Being active keeps the loop from blocking; there is nothing to do. */
static void socket_on_awake(struct ev_loop *loop, ev_idle *idle, int revents)
{
	(void)loop;
	(void)idle;
	(void)revents;
}

static void socket_start_watchers(struct control *control)
{
	struct ev_loop *loop = control->loop;

	ev_io_init(&control->accept, socket_on_accept, control->config.listen_fd, EV_READ);
	ev_timer_init(&control->pause, socket_on_pause_over, 0., 0.);
	ev_timer_init(&control->grace, socket_on_grace_over, 0., 0.);
	ev_prepare_init(&control->serve, socket_on_serve);
	ev_set_priority(&control->serve, EV_MAXPRI);
	ev_prepare_init(&control->flush, socket_on_flush);
	ev_idle_init(&control->awake, socket_on_awake);
	control->accept.data = control->pause.data = control->grace.data = control;
	control->serve.data = control->flush.data = control;
	ev_io_start(loop, &control->accept);
	ev_prepare_start(loop, &control->serve);
	ev_prepare_start(loop, &control->flush);
}

static void socket_on_hangup(void *arg, uint64_t id)
{
	const struct control *control = arg;
	struct client *c;

	HASH_FIND(hh, control->clients, &id, sizeof id, c);
	if (c)
		connection_hang_up(c);
}

void control_limit(struct control *control, size_t line_max, size_t clients_max)
{
	control->config.line_max = line_max ? line_max : CONTROL_LINE_MAX;
	control->config.clients_max = clients_max ? clients_max : CONTROL_CLIENTS_MAX;
}

struct control *control_new(struct ev_loop *loop, struct controller *controller,
                            const struct control_config *config, struct error *err)
{
	struct control *control;
	int flags = fcntl(config->listen_fd, F_GETFL);

	if (flags < 0 || fcntl(config->listen_fd, F_SETFL, flags | O_NONBLOCK)) {
		error_set(err, ERR_INTERNAL, "control socket: %s", strerror(errno));
		close(config->listen_fd);
		return NULL;
	}
	json_pool_use();
	control = mem_new(sizeof *control);
	control->loop = loop;
	control->controller = controller;
	control->config = *config;
	control_limit(control, config->line_max, config->clients_max);
	control->hangups = hangups_new(loop, socket_on_hangup, control);
	if (!control->hangups) {
		error_set(err, ERR_LIMIT, "control socket: %s", strerror(errno));
		close(config->listen_fd);
		free(control);
		return NULL;
	}
	control->listener = event_listen(controller_events(controller), socket_on_event, control);
	socket_start_watchers(control);
	logs_open(control);
	return control;
}

void control_listen(struct control *control, int fd)
{
	ev_timer_stop(control->loop, &control->pause);
	ev_io_stop(control->loop, &control->accept);
	close(control->config.listen_fd);
	control->config.listen_fd = fd;
	ev_io_set(&control->accept, fd, EV_READ);
	ev_io_start(control->loop, &control->accept);
}

void control_free(struct control *control)
{
	struct ev_loop *loop = control->loop;
	struct client *c, *next;

	HASH_ITER (hh, control->clients, c, next) {
		connection_last_words(c);
		connection_free(c);
	}
	event_unlisten(controller_events(control->controller), control->listener);
	logs_close(control);
	hangups_free(control->hangups);
	ev_io_stop(loop, &control->accept);
	ev_timer_stop(loop, &control->pause);
	ev_timer_stop(loop, &control->grace);
	ev_prepare_stop(loop, &control->serve);
	ev_prepare_stop(loop, &control->flush);
	ev_idle_stop(loop, &control->awake);
	close(control->config.listen_fd);
	buffer_free(&control->dropped);
	free(control);
}
