/* Owns node.hang, but for what its creator said, and the timer. Invariant: the timer runs until the
 * next silent node that may be killed is told to come, or is due. */
#include "controller/overlay/hang.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/overlay/internal.h"
#include "loop/timer.h"

/* This part of the time of the last call may pass while nobody listens. */
#define LATE_SHARE 4

struct hangs {
	struct timer timer;
	int64_t due; /* clock_ms(), while it runs */
};

enum on_hang hang_policy(const struct controller *c, const struct node *n)
{
	enum on_hang tree = ON_HANG_REPORT;

	if (n->hang.policy != ON_HANG_UNSET)
		return n->hang.policy;
	if (c->config.on_hang)
		on_hang_parse(c->config.on_hang, &tree, NULL);
	return tree;
}

int64_t hang_timeout_ms(const struct controller *c, const struct node *n)
{
	return n->hang.timeout_ms ? n->hang.timeout_ms : c->config.hang_timeout_ms;
}

static bool hang_is_judged(const struct controller *c, const struct node *n)
{
	return n->life == LIFE_RUNNING && node_is_silent(n) && !n->hang.over &&
	       hang_policy(c, n) == ON_HANG_RESTART;
}

/* How long it has to come when it is told the last time. */
static int64_t call_ms(const struct controller *c)
{
	int64_t patience = children_patience(c->children);

	return patience > HANG_CALL_MS ? patience : HANG_CALL_MS;
}

/* ms until it is told to come the last time, or until that is over. */
static int64_t hang_left(const struct controller *c, const struct node *n)
{
	int64_t now = children_clock(c->children);
	int64_t due = n->hang.since + hang_timeout_ms(c, n) - call_ms(c);

	if (n->hang.called)
		return n->hang.called_clock + call_ms(c) - now;
	return due - now;
}

static void hang_call(struct controller *c, struct node *n)
{
	n->hang.called = clock_ms();
	n->hang.called_clock = children_clock(c->children);
	process_signal(n->worker.process, SIGUSR1);
}

/* Since the last call: for how long did nobody listen? */
static int64_t hang_deaf_ms(const struct controller *c, const struct node *n)
{
	return clock_ms() - n->hang.called - (children_clock(c->children) - n->hang.called_clock);
}

/* Its time is over. */
static void hang_judge(struct controller *c, struct node *n)
{
	if (!n->hang.called || hang_deaf_ms(c, n) > call_ms(c) / LATE_SHARE) {
		hang_call(c, n);
		return;
	}
	n->hang.over = true;
	c->overlay->handlers->hung(c, n, children_clock(c->children) - n->hang.since);
}

/* The timer runs until its turn at the latest, if it is judged at all. */
static void hang_arm(struct controller *c, const struct node *n)
{
	struct hangs *hangs = c->overlay->hangs;
	int64_t due;

	/* Without heartbeats nobody knows. */
	if (!c->overlay->heartbeat_ms || !hang_is_judged(c, n))
		return;
	due = clock_ms() + hang_left(c, n);
	if (timer_runs(&hangs->timer) && hangs->due <= due)
		return;
	hangs->due = due;
	timer_start(&hangs->timer, due - clock_ms());
}

void hang_look(struct controller *c)
{
	timer_stop(&c->overlay->hangs->timer);
	for (const struct node *n = c->nodes; n; n = n->hh.next)
		hang_arm(c, n);
}

static void hang_on_time(void *arg)
{
	struct controller *c = arg;
	struct node *n;
	struct node *next;

	/* The hello of one that was told to come may be there and not read. */
	children_hear(c->children);
	HASH_ITER (hh, c->nodes, n, next) {
		if (hang_is_judged(c, n) && hang_left(c, n) <= 0)
			hang_judge(c, n);
	}
	hang_look(c);
}

void hang_set(struct controller *c, const char *word, int64_t timeout_ms)
{
	enum on_hang on_hang = ON_HANG_REPORT;

	if (word)
		on_hang_parse(word, &on_hang, NULL);
	c->config.on_hang = on_hang_name(on_hang);
	c->config.hang_timeout_ms = timeout_ms;
	hang_look(c);
}

void hang_begin(struct controller *c, struct node *n, int64_t silent_ms)
{
	n->hang.since = children_clock(c->children) - silent_ms;
	n->hang.called = n->hang.called_clock = 0;
	n->hang.over = false;
	hang_arm(c, n);
}

void hang_init(struct controller *c)
{
	c->overlay->hangs = mem_new(sizeof *c->overlay->hangs);
	timer_init(&c->overlay->hangs->timer, c->loop, hang_on_time, c);
}

void hang_stop(struct controller *c)
{
	timer_stop(&c->overlay->hangs->timer);
	free(c->overlay->hangs);
}
