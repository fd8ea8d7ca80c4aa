/* Owns node.link.state. */
#include "controller/node/link_state.h"

#include <stdint.h>

#include "base/log.h"
#include "controller/node/node.h"

#define TO(state) (UINT32_C(1) << (state))

/* What each is called, and what may follow. */
static const struct {
	const char *name;
	uint32_t next;
} link_states[LINK_STATES] = {
    [LINK_NONE] = {"no link", TO(LINK_JOINING) | TO(LINK_UNADOPTED)},
    [LINK_JOINING] = {"joining", TO(LINK_NONE) | TO(LINK_UP)},
    [LINK_UP] = {"up", TO(LINK_NONE) | TO(LINK_MOVING) | TO(LINK_ORPHANED)},
    [LINK_MOVING] = {"moving", TO(LINK_NONE) | TO(LINK_UP) | TO(LINK_ORPHANED)},
    [LINK_ORPHANED] = {"orphaned", TO(LINK_NONE) | TO(LINK_UP) | TO(LINK_SILENT)},
    [LINK_SILENT] = {"silent", TO(LINK_NONE) | TO(LINK_UP)},
    /* ORPHANED: the parent that was assumed is lost before it told of it. */
    [LINK_UNADOPTED] = {"unadopted",
                        TO(LINK_NONE) | TO(LINK_UP) | TO(LINK_ORPHANED) | TO(LINK_SILENT)},
};

const char *link_state_name(enum link_state state)
{
	return link_states[state].name;
}

bool link_may_follow(enum link_state from, enum link_state to)
{
	return from == to || (link_states[from].next & TO(to));
}

void node_set_link(struct node *n, enum link_state to, const char *why)
{
	enum link_state from = n->link.state;

	if (!link_may_follow(from, to))
		log_error("node", "node %d: no step leads from %s to %s: %s", n->id,
		          link_state_name(from), link_state_name(to), why);
	else if (from != to)
		log_debug("node", "node %d: %s -> %s: %s", n->id, link_state_name(from),
		          link_state_name(to), why);
	n->link.state = to;
	node_tell_changed(n);
}

bool node_has_link(const struct node *n)
{
	return n->link.state == LINK_UP || n->link.state == LINK_MOVING;
}

bool node_is_moving(const struct node *n)
{
	return n->link.state == LINK_MOVING;
}

bool node_is_orphaned(const struct node *n)
{
	return n->link.state == LINK_ORPHANED || n->link.state == LINK_SILENT ||
	       n->link.state == LINK_UNADOPTED;
}

bool node_is_silent(const struct node *n)
{
	return n->link.state == LINK_SILENT;
}
