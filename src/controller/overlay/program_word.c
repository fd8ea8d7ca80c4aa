/* Owns nothing: node.program is node/program.c's. */
#include "controller/overlay/program_word.h"

#include "base/log.h"
#include "controller/node/program.h"
#include "controller/overlay/route.h"

/* Also while its first life is being recorded: it has joined by then. */
static bool is_heard(const struct node *n)
{
	return node_has_joined(n) || n->life == LIFE_COMMITTING;
}

void program_word_take(struct controller *c, struct node *n, const struct message *m)
{
	struct error err;

	if (!is_heard(n))
		return;
	if (node_program_take(n, m->program.version, m->payload, m->payload_size, &err) < 0) {
		log_warn("program", "node %d sent %s", n->id, err.text);
		return;
	}
	route_now(c, n,
	          &(struct message){.type = MSG_PROGRAM_SEEN,
	                            .program_seen.version = n->program->version,
	                            .program_seen.controller_epoch = c->controller_epoch});
}
