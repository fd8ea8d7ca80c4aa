/* Stateless. What is told of the node is read by whoever is called back, at that moment. */
#include "controller/node/inspect.h"

#include "controller/request/request.h"

static void tell(struct controller *c, struct request *r)
{
	request_finish(c->requests, r, &(struct outcome){.id = r->node});
}

static const struct request_kind inspect_kind = {.name = "status", .start = tell, .expire = tell};

void inspect_ask(struct session *s, int id, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct outcome refused = {.id = id};
	struct request *r =
	    request_new(c->requests, s, &inspect_kind, id, NULL, 0, done, arg, &refused.error);

	if (!r) {
		done(arg, &refused);
		return;
	}
	request_names(r, id);
	request_enter(c->requests, r);
}
