/* Owns the controller's timers of moves. Invariant: that for overdue ones runs while there are any.
 */
#include "controller/mend.h"

#include <utlist.h>

#include "controller/heal.h"

/* Seconds between two looks at moves that are under way. */
#define LOOK_S 1.0

static void on_mend(void *arg)
{
	struct controller *c = arg;
	struct node *n;
	struct node *next;

	HASH_ITER (hh, c->nodes, n, next) {
		heal_node(c, n);
	}
}

static void on_steady(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	heal_all(timer->data);
}

static void on_look(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct controller *c = timer->data;
	struct node *n;

	(void)revents;
	DL_FOREACH2(c->moves, n, move_next)
	{
		heal_again(c, n);
	}
	if (!c->moves)
		ev_timer_stop(loop, timer);
}

void mend_init(struct controller *c)
{
	soon_init(&c->mend, c->loop, on_mend, c);
	ev_init(&c->steady_timer, on_steady);
	c->steady_timer.data = c;
	ev_init(&c->move_timer, on_look);
	c->move_timer.repeat = LOOK_S;
	c->move_timer.data = c;
}

void mend_stop(struct controller *c)
{
	soon_stop(&c->mend);
	ev_timer_stop(c->loop, &c->steady_timer);
	ev_timer_stop(c->loop, &c->move_timer);
}
