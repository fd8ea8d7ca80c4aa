/* Owns nothing. */
#include "controller/lifecycle/create_others.h"

#include <utlist.h>

#include "controller/lifecycle/creation.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/revivals.h"
#include "controller/node/after.h"

/* Has its session asked before for a node of that id, which is not there yet? */
static bool create_is_asked(const struct request *r, int id)
{
	const struct request *other;

	if (!r->session)
		return false;
	DL_FOREACH2(r->session->asked, other, asked_next)
	{
		if (other->id < r->id && other->kind == r->kind && other->node == id &&
		    !request_answered(other))
			return true;
	}
	return false;
}

int create_others_known(struct controller *c, struct request *r, struct error *err)
{
	const struct create *create = r->detail;
	const struct node_after *after = &create->terms.after;

	for (size_t i = 0; i < after->count; i++)
		if (!node_find(c->nodes, after->ids[i]) && create_is_asked(r, after->ids[i])) {
			revivals_wait(c, r);
			return 1;
		}
	return after_check(c, r->node, after->ids, after->count, err);
}

/* A declared one, also where its parent waits itself. */
bool create_others_postpone(const struct controller *c, const struct request *r)
{
	const struct create *create = r->detail;
	const struct node *up = create->has_parent ? node_find(c->nodes, create->parent) : NULL;

	return create->terms.declared == NODE_DECLARED &&
	       (after_missing(c, create->terms.after.ids, create->terms.after.count) ||
	        (c->lifecycle->topology->names_parent && up && up->restart.revive));
}

bool create_others_wait(struct controller *c, struct request *r)
{
	const struct create *create = r->detail;

	if (!after_missing(c, create->terms.after.ids, create->terms.after.count))
		return false;
	revivals_wait(c, r);
	return true;
}

bool create_others_expire(struct controller *c, struct request *r)
{
	const struct create *create = r->detail;
	const struct node *other =
	    after_missing(c, create->terms.after.ids, create->terms.after.count);
	struct error err;

	if (!other)
		return false;
	error_unavailable(&err, OUTCOME_NOT_RUN, "node %d, after which node %d is to start, is %s",
	                  other->id, r->node, node_state_name(other));
	request_fail(c->requests, r, &err);
	return true;
}
