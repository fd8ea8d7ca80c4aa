/* Owns nothing. */
#include "controller/lifecycle/revivals.h"

#include "controller/lifecycle/internal.h"

void revivals_add(struct controller *c)
{
	c->lifecycle->revivals->left = true;
	revivals_look(c);
}

void revivals_look(struct controller *c)
{
	if (c->lifecycle->revivals->left)
		deferred_call(&c->lifecycle->revivals->deferred);
}
