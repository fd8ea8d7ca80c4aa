/* Invariant: when the loop waits, the timer runs if and only if lines are kept. */
#include "worker/log_retry.h"

#include <stdlib.h>

#include "base/log_socket.h"
#include "base/mem.h"

#define RETRY_S 0.1

struct log_retry {
	struct ev_loop *loop; /* borrowed */
	ev_prepare look;
	ev_timer retry;
};

static void on_retry(struct ev_loop *loop, ev_timer *retry, int revents)
{
	(void)loop;
	(void)retry;
	(void)revents;
	log_socket_retry();
}

static void log_retry_on_look(struct ev_loop *loop, ev_prepare *look, int revents)
{
	struct log_retry *r = look->data;
	bool waiting = log_socket_waiting();

	(void)revents;
	if (waiting == !!ev_is_active(&r->retry))
		return;
	if (waiting)
		ev_timer_again(loop, &r->retry);
	else
		ev_timer_stop(loop, &r->retry);
}

struct log_retry *log_retry_new(struct ev_loop *loop)
{
	struct log_retry *r = mem_new(sizeof *r);

	r->loop = loop;
	ev_init(&r->retry, on_retry);
	r->retry.repeat = RETRY_S;
	ev_prepare_init(&r->look, log_retry_on_look);
	r->look.data = r;
	ev_prepare_start(loop, &r->look);
	return r;
}

void log_retry_free(struct log_retry *r)
{
	log_socket_retry();
	ev_prepare_stop(r->loop, &r->look);
	ev_timer_stop(r->loop, &r->retry);
	free(r);
}
