/* Stateless. What is told of the node is read when the outcome is told, by the asker. */
#include "controller/node/inspect.h"

#include "controller/request/request.h"

static void inspect_finish(struct controller *c, struct request *r)
{
	request_finish(c->requests, r, &(struct outcome){.id = r->node});
}

static const struct request_kind inspect_kind = {
    .name = "status", .start = inspect_finish, .expire = inspect_finish};

void inspect_ask(struct session *s, int id, outcome_fn *done, void *arg)
{
	request_submit(
	    s->controller->requests, s,
	    &(struct request_spec){
	        .kind = &inspect_kind, .node = id, .in_lane = true, .done = done, .arg = arg});
}
