/* Stateless. What is told of the node is read by whoever is called back, at that moment. */
#include "controller/node/inspect.h"

#include "controller/request/request.h"

static void tell(struct controller *c, struct task *r)
{
	task_finish(c->pending, r, &(struct outcome){.id = r->node});
}

static const struct task_kind inspect_kind = {.name = "status", .start = tell, .expire = tell};

void inspect_ask(struct session *s, int id, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct outcome refused = {.id = id};
	struct task *r =
	    task_new(c->pending, s, &inspect_kind, id, NULL, 0, done, arg, &refused.error);

	if (!r) {
		done(arg, &refused);
		return;
	}
	task_names(r, id);
	task_enter(c->pending, r);
}
