/* Owns node.link.unadopted, and the timer of what a former dtreed left. */
#include "controller/overlay/orphan.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/overlay/hang.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/rehome.h"
#include "controller/overlay/route.h"
#include "controller/overlay/steady.h"
#include "link/lateness.h"
#include "loop/timer.h"

/* In this time those of a former dtreed are expected to follow this one. */
#define RECALL_MS 1000

struct orphans {
	struct timer recall; /* those of a former dtreed are told to come */
	size_t left;         /* how many there were the last time */
};

/* Its parent, which may be lost, is told nothing. */
static void set_orphaned(struct controller *c, struct node *n, const char *why)
{
	if (node_is_moving(n))
		rehome_end(c, n, LINK_ORPHANED, why);
	else if (!node_is_silent(n))
		node_set_link(n, LINK_ORPHANED, why);
	route_drop(n);
	node_part(n, &c->overlay->top);
	liveness_orphaned(c, n);
	process_signal(n->worker.process, SIGUSR1);
}

void orphan_recall(struct controller *c, struct node *n, const char *why)
{
	struct node *up = n->link.up;
	struct peer_name newest = node_peer_name(n);

	if (node_is_moving(n)) {
		newest.generation = n->link.move.generation;
		rehome_forget_link(c, node_find(c->nodes, n->link.move.to), &newest);
	}
	rehome_forget_link(c, up, &newest);
	set_orphaned(c, n, why);
}

void orphan_parent_lost(struct controller *c, struct node *lost)
{
	struct node *n;
	struct node *next;

	DL_FOREACH_SAFE2(lost->link.kids, n, next, link.kid_next)
	{
		if (node_has_joined(n))
			set_orphaned(c, n, "its parent is lost");
		else if (node_is_down(n) && n->worker.process)
			process_signal(n->worker.process,
			               SIGKILL); /* a new life that cannot join there */
	}
	rehome_retarget(c, lost);
}

void orphan_parent_removed(struct controller *c, struct node *removed)
{
	struct node *n;
	struct node *next;

	DL_FOREACH_SAFE2(removed->link.kids, n, next, link.kid_next)
	{
		if (n->record.phase == REGISTRY_DOOMED)
			continue;
		if (node_has_joined(n)) {
			set_orphaned(c, n, "its parent is removed");
			continue;
		}
		/* A new life cannot join there. */
		if (n->worker.process)
			process_signal(n->worker.process, SIGKILL);
		node_part(n, &c->overlay->top);
		node_join(n, NULL, &c->overlay->top);
	}
	rehome_retarget(c, removed);
}

/* A node of a former dtreed gets ADOPT before anything else. */
static void introduce(struct controller *c, struct node *n)
{
	if (n->link.unadopted)
		route_now(c, n,
		          &(struct message){.type = MSG_ADOPT,
		                            .adopt.controller_epoch = c->controller_epoch,
		                            .adopt.pid = getpid()});
}

/* Messages to the node and those below it over another link may be lost. */
static void resend(struct controller *c, struct node *n)
{
	for (struct node *below = n; below; below = node_next_below(n, below)) {
		if (!node_has_joined(below))
			continue;
		route_drop_requests(below);
		c->overlay->handlers->resend(c, below);
	}
}

void orphan_returned(struct controller *c, struct node *n, uint64_t generation)
{
	struct node *old = n->link.up;
	const struct peer_name old_link = node_peer_name(n);
	const char *came = "it came to the controller";
	bool silent = node_is_silent(n);

	if (node_is_moving(n))
		rehome_end(c, n, LINK_UP, came);
	else
		node_set_link(n, LINK_UP, came);
	route_drop(n);
	node_part(n, &c->overlay->top);
	if (old && old_link.generation)
		rehome_forget_link(c, old, &old_link);
	node_join(n, NULL, &c->overlay->top);
	n->link.generation = generation;
	liveness_back(c, n);
	n->link.refusals = 0;
	if (silent)
		steady_wait(c, n, HEARTBEAT_PATIENCE * c->overlay->heartbeat_ms);
	introduce(c, n);
	resend(c, n);
	rehome_restart(c, n);
	rehome_node(c, n);
	rehome_all(c);
	/* Where an inherited node hung before is not known: that it hangs here is no news. */
	if (!old_link.generation)
		n->link.published = NODE_CONTROLLER;
	else if (!node_is_moving(n))
		rehome_tell(c, n);
}

void orphan_inherit(struct controller *c, struct node *n)
{
	struct node *up = node_find(c->nodes, rehome_goal(c, n));

	n->link.unadopted = true;
	n->link.generation = 0;
	c->overlay->orphans->left++;
	timer_repeat(&c->overlay->orphans->recall, RECALL_MS);
	node_join(n, up, &c->overlay->top);
	node_set_link(n, LINK_UNADOPTED, "a former dtreed had it");
	liveness_orphaned(c, n);
	if (n->health.reported) {
		node_set_link(n, LINK_SILENT, "the former dtreed heard nothing from it");
		hang_begin(c, n, 0);
	}
	if (!up)
		process_signal(n->worker.process, SIGUSR1);
}

void orphan_announced(struct controller *c, struct node *n, struct node *parent,
                      uint64_t generation)
{
	node_part(n, &c->overlay->top);
	node_join(n, parent, &c->overlay->top);
	n->link.generation = generation;
	n->link.published = parent->id;
	if (!node_is_moving(n))
		node_set_link(n, LINK_UP, "its parent tells of it");
	liveness_back(c, n);
	introduce(c, n);
	resend(c, n);
	rehome_renewed(c, n);
	rehome_node(c, n);
	rehome_children(c, n->id);
}

void orphan_told_all(struct controller *c, struct node *n)
{
	struct node *below;
	struct node *next;

	n->link.unadopted = false;
	DL_FOREACH_SAFE2(n->link.kids, below, next, link.kid_next)
	{
		if (node_has_joined(below) && !below->link.named)
			set_orphaned(c, below, "its parent does not tell of it");
	}
}

/*
 * Inherited nodes that a parent told of after they had left it, or that cannot be reached where
 * they are, are told to come to the controller.
 */
static void on_recall(void *arg)
{
	struct controller *c = arg;
	struct node *n;
	struct node *next;
	size_t left = 0;
	bool fewer;

	for (n = c->nodes; n; n = n->hh.next)
		left += n->link.unadopted && node_has_joined(n);
	fewer = c->overlay->orphans->left && left < c->overlay->orphans->left;
	c->overlay->orphans->left = left;
	HASH_ITER (hh, c->nodes, n, next) {
		/* A process that was asked to finish does not adopt this dtreed. */
		n->link.ending = n->link.ending && n->link.unadopted;
		/* As long as some come without being told, the others are not told either. */
		if (!n->link.unadopted || !node_has_joined(n) || fewer)
			continue;
		if (node_is_orphaned(n))
			process_signal(n->worker.process, SIGUSR1);
		else
			orphan_recall(c, n, "it does not follow this dtreed");
	}
	if (!left)
		timer_stop(&c->overlay->orphans->recall);
}

void orphan_init(struct controller *c)
{
	c->overlay->orphans = mem_new(sizeof *c->overlay->orphans);
	timer_init(&c->overlay->orphans->recall, c->loop, on_recall, c);
}

void orphan_stop(struct controller *c)
{
	timer_stop(&c->overlay->orphans->recall);
	free(c->overlay->orphans);
}
