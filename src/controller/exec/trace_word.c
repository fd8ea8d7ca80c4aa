/* Owns what dtreed knows of its own waits for a processor. */
#include "controller/exec/trace_word.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/exec/internal.h"
#include "controller/exec/sweep.h"
#include "controller/request/trace.h"
#include "link/wake_wait.h"

int trace_word_depth(const struct node *n)
{
	int depth = 1;

	for (; n; n = n->link.up)
		depth++;
	return depth;
}

static struct request *trace_word_request(struct controller *c, const struct message *m)
{
	struct request *r;

	if (message_is_sweep(m->request))
		return request_find(c->requests, sweep_traced(c, m->request));
	r = request_find(c->requests, m->request);
	return r && r->at_node ? r : NULL;
}

void trace_word_take(struct controller *c, const struct node *n, const struct message *m)
{
	struct request *r = trace_word_request(c, m);
	struct visit visit = {.node = n->id,
	                      .up = node_link_parent(n),
	                      .pid = (int)m->trace.pid,
	                      .name = n->service,
	                      .in = m->trace.in,
	                      .left = m->trace.left,
	                      .back = m->trace.back,
	                      .out = m->trace.out};
	struct error err;

	if (!r || !r->trace) {
		log_debug("trace", "node %d: dropped a trace of no request", n->id);
		return;
	}
	if (steps_read(m->payload, m->payload_size, &visit.steps, &err)) {
		node_log(n, LOG_LEVEL_WARN, FACT_NONE, "trace", "node %d sent %s", n->id, err.text);
		return;
	}
	visit.depth = trace_word_depth(n);
	visit.heard = clock_ns();
	/* Of one that comes from further below, the links there are in between. */
	if (visit.up == SPAN_DTREED)
		request_trace_wait(r, visit.heard, wake_wait_ns(c->exec->wait, visit.heard));
	wake_wait_warm(c->exec->wait, visit.heard);
	request_trace_add(r, &visit);
}

uint64_t trace_word_waited(const struct controller *c, uint64_t read)
{
	return wake_wait_own_ns(c->exec->wait, read);
}

void trace_word_init(struct controller *c)
{
	c->exec->wait = mem_new(sizeof *c->exec->wait);
	wake_wait_init(c->exec->wait, c->loop);
}

void trace_word_stop(struct controller *c)
{
	wake_wait_stop(c->exec->wait);
	free(c->exec->wait);
}
