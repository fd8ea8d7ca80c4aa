/* Owns node.hushed; rehome_watch.c draws the conclusion when the node has joined. */
#include "controller/overlay/link_events.h"

#include "base/log.h"
#include "base/parse.h"
#include "controller/overlay/handlers.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/rehome.h"

static int link_of(const struct node *n)
{
	return n->up ? n->up->id : NODE_CONTROLLER;
}

static bool joins(const struct node *n, int parent, uint64_t epoch)
{
	/* One that got no answer tries again with the next epoch. */
	return (n->life == LIFE_STARTING || node_is_restarting(n)) && parent == link_of(n) &&
	       epoch >= n->epoch;
}

bool link_events_expected(const struct node *n, int parent, uint64_t epoch)
{
	return joins(n, parent, epoch) || rehome_expects(n, parent, epoch);
}

void link_events_made(struct controller *c, struct node *n, uint64_t epoch)
{
	n->hushed = false;
	if (n->life == LIFE_RUNNING) {
		rehome_linked(c, n);
		return;
	}
	n->epoch = epoch;
	c->overlay->joined(c, n);
}

static bool is_link(const struct node *n, const struct node *parent, uint64_t epoch)
{
	return n->life == LIFE_RUNNING && !n->adrift && n->up == parent && n->epoch == epoch;
}

static bool is_inherited(const struct node *n, const struct node *parent, uint64_t epoch)
{
	return n->foreign && (epoch > n->epoch || is_link(n, parent, epoch));
}

/* Its first parent answered it too late: it came again. */
static bool is_renewed(const struct node *n, const struct node *parent, uint64_t epoch)
{
	return !n->adrift && n->up == parent && epoch > n->epoch;
}

/* Newer than any that was ordered. A link that was ordered and given up is none: the node was not
 * told to leave its parent for it, and is still there. */
static bool is_strange(const struct node *n, uint64_t epoch)
{
	return epoch > n->epoch && epoch > n->newest;
}

static bool surprises(struct controller *c, struct node *n, const struct node *parent,
                      uint64_t epoch)
{
	log_warn("link", "node %d: link %llu to node %d was not expected", n->id,
	         (unsigned long long)epoch, parent->id);
	if (!n->move.active)
		orphan_recall(c, n);
	return false;
}

bool link_events_here(struct controller *c, struct node *n, struct node *parent, uint64_t epoch)
{
	if (link_events_expected(n, parent->id, epoch)) {
		link_events_made(c, n, epoch);
		return true;
	}
	if (n->life != LIFE_RUNNING)
		return false;
	if (is_inherited(n, parent, epoch) || is_renewed(n, parent, epoch)) {
		orphan_announced(c, n, parent, epoch);
		return true;
	}
	if (is_link(n, parent, epoch))
		return true;
	return !n->adrift && is_strange(n, epoch) && surprises(c, n, parent, epoch);
}

bool link_events_silent(struct controller *c, struct node *n, struct node *parent, uint64_t epoch,
                        int64_t silent_ms)
{
	int id = parent ? parent->id : NODE_CONTROLLER;

	if (joins(n, id, epoch)) {
		n->hushed = true;
		return true;
	}
	if (is_link(n, parent, epoch) || rehome_expects(n, id, epoch))
		c->overlay->silent(c, n, silent_ms);
	return false;
}

bool link_events_left(const struct node *n, const struct node *parent, uint64_t epoch)
{
	return is_link(n, parent, epoch);
}

void link_events_arrived(struct controller *c, struct node *n, uint64_t epoch)
{
	if (n->adrift)
		return;
	if (epoch == n->epoch)
		rehome_resume(c, n);
	else if (n->move.active && epoch == n->move.epoch)
		rehome_linked(c, n);
	else if (!n->move.active && is_strange(n, epoch))
		orphan_recall(c, n);
}
