/* Owns nothing. */
#include "controller/lifecycle/revivals.h"

#include "controller/lifecycle/internal.h"

void revivals_add(struct controller *c)
{
	c->lifecycle->revivals->left = true;
	revivals_look(c);
}

void revivals_wait(struct controller *c, struct request *r)
{
	struct revivals *revivals = c->lifecycle->revivals;

	r->phase = PHASE_BLOCKED;
	request_move(r, &revivals->creates);
	revivals->left = true;
	if (!timer_runs(&revivals->look))
		timer_start(&revivals->look, REVIVALS_LOOK_MS);
}

void revivals_look(struct controller *c)
{
	if (c->lifecycle->revivals->left)
		deferred_call(&c->lifecycle->revivals->deferred);
}
