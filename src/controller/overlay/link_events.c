/* Owns node.link.hushed. A node that is hushed when it has joined is lost by rehome_watch.c. */
#include "controller/overlay/link_events.h"

#include "base/log.h"
#include "base/parse.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/rehome.h"

static bool joins(const struct node *n, int parent, uint64_t generation)
{
	/* A process that gets no answer tries again with the next generation. */
	return (node_is_new(n) || node_is_restarting(n)) && parent == node_link_parent(n) &&
	       generation >= n->link.generation;
}

bool link_events_expected(const struct node *n, int parent, uint64_t generation)
{
	return joins(n, parent, generation) || rehome_expects(n, parent, generation);
}

void link_events_made(struct controller *c, struct node *n, uint64_t generation)
{
	n->link.hushed = false;
	if (node_has_joined(n)) {
		rehome_linked(c, n);
		return;
	}
	n->link.generation = generation;
	c->overlay->handlers->joined(c, n);
}

static bool is_link(const struct node *n, const struct node *parent, uint64_t generation)
{
	return node_has_link(n) && n->link.up == parent && n->link.generation == generation;
}

static bool is_inherited(const struct node *n, const struct node *parent, uint64_t generation)
{
	return n->link.unadopted &&
	       (generation > n->link.generation || is_link(n, parent, generation));
}

/* The parent answered the first link too late, and the process made another one to it. */
static bool is_renewed(const struct node *n, const struct node *parent, uint64_t generation)
{
	return node_has_link(n) && n->link.up == parent && generation > n->link.generation;
}

/* The link is newer than any that was ordered. A link that was ordered and given up is not: the
 * node was not told to leave its parent for it, and has not. */
static bool is_strange(const struct node *n, uint64_t generation)
{
	return generation > n->link.generation && generation > n->link.newest;
}

static bool surprises(struct controller *c, struct node *n, const struct node *parent,
                      uint64_t generation)
{
	node_log(n, LOG_LEVEL_WARN, FACT_NONE, "link",
	         "node %d: link %llu to node %d was not expected", n->id,
	         (unsigned long long)generation, parent->id);
	if (!node_is_moving(n))
		orphan_recall(c, n, "it has another link than it should");
	return false;
}

bool link_events_here(struct controller *c, struct node *n, struct node *parent,
                      uint64_t generation)
{
	if (link_events_expected(n, parent->id, generation)) {
		link_events_made(c, n, generation);
		return true;
	}
	if (!node_has_joined(n))
		return false;
	if (is_inherited(n, parent, generation) || is_renewed(n, parent, generation)) {
		orphan_announced(c, n, parent, generation);
		return true;
	}
	if (is_link(n, parent, generation))
		return true;
	return node_has_link(n) && is_strange(n, generation) && surprises(c, n, parent, generation);
}

bool link_events_silent(struct controller *c, struct node *n, struct node *parent,
                        uint64_t generation, int64_t silent_ms)
{
	int id = parent ? parent->id : NODE_CONTROLLER;

	if (joins(n, id, generation)) {
		n->link.hushed = true;
		return true;
	}
	if (is_link(n, parent, generation) || rehome_expects(n, id, generation))
		c->overlay->handlers->silent(c, n, silent_ms);
	return false;
}

bool link_events_left(const struct node *n, const struct node *parent, uint64_t generation)
{
	return is_link(n, parent, generation);
}

void link_events_arrived(struct controller *c, struct node *n, uint64_t generation)
{
	if (!node_has_link(n))
		return;
	if (generation == n->link.generation)
		rehome_resume(c, n);
	else if (node_is_moving(n) && generation == n->link.move.generation)
		rehome_linked(c, n);
	else if (!node_is_moving(n) && is_strange(n, generation))
		orphan_recall(c, n, "it has another link than it should");
}
