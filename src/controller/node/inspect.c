/* Stateless. What is told of the node is read when the outcome is told, by the asker. */
#include "controller/node/inspect.h"

#include "controller/node/core.h"
#include "controller/request/request.h"

static void inspect_finish(struct controller *c, struct request *r)
{
	struct outcome outcome = {.id = r->node};

	if (!node_find(c->nodes, r->node))
		error_set(&outcome.error, ERR_NOT_FOUND, "no node %d", r->node);
	request_finish(c->requests, r, &outcome);
}

static const struct request_kind inspect_kind = {
    .name = "status", .read_when_told = true, .start = inspect_finish, .expire = inspect_finish};

static const struct request_kind inspect_log_kind = {.name = "logs",
                                                     .read_when_told = true,
                                                     .told_in_turn = LOGS_IN_TURN,
                                                     .start = inspect_finish,
                                                     .expire = inspect_finish};

static void inspect_submit(struct session *s, const struct request_kind *kind, int id,
                           outcome_fn *done, void *arg)
{
	request_submit(s->controller->requests, s,
	               &(struct request_spec){
	                   .kind = kind, .node = id, .in_lane = true, .done = done, .arg = arg});
}

void inspect_ask(struct session *s, int id, outcome_fn *done, void *arg)
{
	inspect_submit(s, &inspect_kind, id, done, arg);
}

void inspect_ask_log(struct session *s, int id, outcome_fn *done, void *arg)
{
	inspect_submit(s, &inspect_log_kind, id, done, arg);
}
