/*
 * Owns the looks of all requests but what each has: request.look, whose counts are those of the
 * first look, and whose `ns` is when that was.
 */
#include "controller/exec/slow_look.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/tcp_table.h"
#include "controller/exec/internal.h"
#include "controller/exec/link_look.h"
#include "controller/node/link_kind.h"
#include "controller/node/program.h"
#include "controller/request/request.h"
#include "loop/timer.h"

/* How soon it is looked again, at the earliest, and so long what was read of a process holds. */
#define LOOK_LEAST_MS 5
#define LOOK_HOLDS_NS (UINT64_C(5) * 1000000)
/* Processes whose counts are held. */
#define LOOK_HELD 16

static const struct bucket_rate look_reads = {.burst = 100, .second = 200};
static const struct bucket_rate look_links = {.burst = 10, .second = 5};

struct look_held {
	pid_t pid; /* 0: none */
	uint64_t at;
	struct proc_usage usage;
};

struct slow_looks {
	struct controller *controller; /* borrowed */
	struct timer timer;
	struct bucket reads;
	struct bucket links;
	size_t next; /* of held */
	struct look_held held[LOOK_HELD];
	struct tcp_table table; /* during one call of the timer */
	bool has_table;
};

/* NULL: the process is gone, or it was read too often. */
static const struct proc_usage *look_usage(struct slow_looks *all, pid_t pid)
{
	uint64_t now = clock_ns();
	struct look_held *held;

	for (size_t i = 0; i < LOOK_HELD; i++)
		if (all->held[i].pid == pid && now - all->held[i].at < LOOK_HOLDS_NS)
			return &all->held[i].usage;
	if (!bucket_take(&all->reads, &look_reads, clock_ms(), 1))
		return NULL;
	held = &all->held[all->next++ % LOOK_HELD];
	*held = (struct look_held){.at = now};
	if (proc_usage_read(pid, &held->usage))
		return NULL;
	held->pid = pid;
	return &held->usage;
}

static void look_add(struct slow_looks *all, struct slow_seen *look, enum slow_part part, int node,
                     pid_t pid)
{
	const struct proc_usage *usage;

	if (!pid || look->count == SLOW_PROCESSES || !(usage = look_usage(all, pid)))
		return;
	look->processes[look->count++] =
	    (struct slow_process){.part = part, .node = node, .pid = pid, .used = *usage};
}

static void look_begin(struct slow_looks *all, struct request *r, const struct node *n)
{
	const struct program_report *program = n ? node_program_report(n) : NULL;
	struct slow_seen *look = mem_new(sizeof *look);

	r->look = look;
	look->ns = clock_ns();
	look_add(all, look, SLOW_DTREED, r->node, getpid());
	if (program)
		look_add(all, look, SLOW_PROGRAM, n->id, program->pid);
	for (const struct node *at = n; at && look->count < SLOW_PROCESSES; at = at->link.up)
		look_add(all, look, at == n ? SLOW_NODE : SLOW_WAY, at->id, at->worker.pid);
}

static bool look_is_cause(enum tcp_stall stall)
{
	return stall != TCP_STALL_NONE && stall != TCP_STALL_PEER;
}

static void look_at_link(struct slow_looks *all, struct slow_seen *look, const struct node *n)
{
	const struct tcp_end *lower;
	const struct tcp_end *upper;

	if (!link_look(all->controller, &all->table, n, &lower, &upper))
		return;
	look->stall = tcp_stall_judge(upper, lower);
	look->stalled_up = !look_is_cause(look->stall);
	if (look->stalled_up)
		look->stall = tcp_stall_judge(lower, upper);
	look->stalled = n->id;
}

static void look_at_links(struct slow_looks *all, struct slow_seen *look, const struct node *n)
{
	struct error err;

	if (!bucket_take(&all->links, &look_links, clock_ms(), 1))
		return;
	if (!all->has_table && tcp_table_read(&all->table, &err))
		return;
	all->has_table = true;
	for (size_t i = 0; n && i < SLOW_PROCESSES && !look_is_cause(look->stall); i++) {
		look_at_link(all, look, n);
		n = n->link.up;
	}
}

/* True: it is looked at again. */
static bool slow_look_at(struct controller *c, struct request *r)
{
	struct slow_looks *all = c->exec->looks;
	const struct node *n = node_find(c->nodes, r->node);

	if (!r->look)
		look_begin(all, r, n);
	if (!n || !r->at.sent || look_is_cause(r->look->stall) || !link_kind_is_tcp(c->config.link))
		return false;
	look_at_links(all, r->look, n);
	return !look_is_cause(r->look->stall);
}

static void look_again_in(struct slow_looks *all, int64_t ms)
{
	int64_t least = all->controller->config.slow_request_ms / 8;

	if (least < LOOK_LEAST_MS)
		least = LOOK_LEAST_MS;
	timer_start(&all->timer, ms > least ? ms : least);
}

static int64_t look_age_ms(const struct controller *c)
{
	return (c->config.slow_request_ms + 1) / 2;
}

/* A watch_fn. */
static void look_watch(struct controller *c)
{
	look_again_in(c->exec->looks, look_age_ms(c));
}

static void look_on_timer(void *arg)
{
	struct slow_looks *all = arg;
	struct controller *c = all->controller;
	int64_t ms = requests_look(c->requests, look_age_ms(c), slow_look_at);

	if (all->has_table)
		tcp_table_free(&all->table);
	all->table = (struct tcp_table){0};
	all->has_table = false;
	if (ms)
		look_again_in(all, ms);
}

void slow_look_seen(struct controller *c, const struct request *r, struct slow_seen *seen)
{
	uint64_t now = clock_ns();
	size_t count = 0;

	*seen = (struct slow_seen){0};
	if (!r->look)
		return;
	*seen = *r->look;
	seen->ns = now - r->look->ns;
	for (size_t i = 0; i < r->look->count; i++) {
		struct slow_process p = r->look->processes[i];
		const struct proc_usage *usage = look_usage(c->exec->looks, p.pid);
		if (!usage || usage->wait_ns < p.used.wait_ns || usage->major < p.used.major ||
		    usage->minor < p.used.minor)
			continue;
		p.used = (struct proc_usage){.wait_ns = usage->wait_ns - p.used.wait_ns,
		                             .minor = usage->minor - p.used.minor,
		                             .major = usage->major - p.used.major};
		seen->processes[count++] = p;
	}
	seen->count = count;
}

void slow_look_init(struct controller *c)
{
	struct slow_looks *all = mem_new(sizeof *all);

	all->controller = c;
	timer_init(&all->timer, c->loop, look_on_timer, all);
	c->exec->looks = all;
	requests_watch(c->requests, look_watch);
}

void slow_look_stop(struct controller *c)
{
	timer_stop(&c->exec->looks->timer);
	free(c->exec->looks);
}
