/* Owns nothing. */
#include "controller/exec/trace_word.h"

#include "base/clock.h"
#include "base/log.h"
#include "controller/exec/sweep.h"
#include "controller/request/trace.h"

static int trace_word_depth(const struct node *n)
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
		log_warn("trace", "node %d sent %s", n->id, err.text);
		return;
	}
	visit.depth = trace_word_depth(n);
	visit.heard = clock_ns();
	request_trace_add(r, &visit);
}
