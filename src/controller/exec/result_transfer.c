/*
 * Owns the list of offers and request.result. Invariant: `bytes` is the sum of result_expected
 * over the requests that were granted their memory, which are those with room in their result.
 */
#include "controller/exec/result_transfer.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "controller/exec/internal.h"
#include "controller/overlay/route.h"
#include "dtree/service.h"

struct offer {
	uint64_t request;
	struct offer *prev; /* utlist */
	struct offer *next;
};

struct result_transfers {
	struct offer *offers; /* that wait for memory */
	size_t bytes;         /* reserved */
};

static void result_transfer_ask(struct controller *c, struct node *n, struct request *t,
                                unsigned flags)
{
	size_t here = buffer_size(&t->result);

	route_post(c, n,
	           &(struct message){.type = MSG_CREDIT,
	                             .request = t->id,
	                             .flags = flags,
	                             .credit.here = here,
	                             .credit.limit = here + RESULT_WINDOW});
}

static void result_transfer_reserve(struct controller *c, struct node *n, struct request *t)
{
	struct error err;

	if (buffer_try(&t->result, t->result_expected)) {
		c->exec->results->bytes += t->result_expected;
		result_transfer_ask(c, n, t, 0);
		return;
	}
	error_set(&err, ERR_LIMIT, "no memory for %zu bytes of result", t->result_expected);
	route_post(c, n, &(struct message){.type = MSG_CANCEL, .request = t->id});
	request_fail(c->requests, t, &err);
}

void result_transfer_grant(struct controller *c)
{
	while (c->exec->results->offers) {
		struct offer *offer = c->exec->results->offers;
		struct request *t = request_find(c->requests, offer->request);
		struct node *n = t && t->at_node ? node_find(c->nodes, t->node) : NULL;

		if (n && !request_answered(t)) {
			if (c->exec->results->bytes + t->result_expected > RESULTS_MAX)
				return;
		}
		DL_DELETE(c->exec->results->offers, offer);
		free(offer);
		if (n && !request_answered(t))
			result_transfer_reserve(c, n, t);
	}
}

bool result_transfer_offer(struct controller *c, struct node *n, struct request *t, uint64_t size)
{
	struct offer *offer;

	if (request_answered(t) || t->cancelling || !size || size > DTREE_RESULT_MAX)
		return false;
	if (t->result.room)
		result_transfer_ask(c, n, t, FLAG_AGAIN);
	if (t->result_expected)
		return t->result_expected == size;
	t->result_expected = (size_t)size;
	offer = mem_new(sizeof *offer);
	offer->request = t->id;
	DL_APPEND(c->exec->results->offers, offer);
	result_transfer_grant(c);
	return true;
}

bool result_transfer_part(struct controller *c, struct node *n, struct request *t,
                          const struct message *m)
{
	if (request_answered(t) || t->cancelling || !t->result.room ||
	    m->result.offset != buffer_size(&t->result))
		return false; /* not wanted any more, or it comes again */
	if (buffer_size(&t->result) + m->payload_size > t->result_expected) {
		node_log(n, LOG_LEVEL_WARN, FACT_NONE, "result_transfer",
		         "node %d sent more of a result than it offered", n->id);
		return false;
	}
	buffer_add(&t->result, m->payload, m->payload_size);
	if (m->flags & FLAG_LAST)
		return true;
	result_transfer_ask(c, n, t, 0);
	return false;
}

void result_transfer_hand_over(struct controller *c, const struct request *t)
{
	c->exec->results->bytes -= t->result_expected;
}

void result_transfer_drop(struct controller *c, struct request *t)
{
	if (!t->result.room)
		return;
	c->exec->results->bytes -= t->result_expected;
	buffer_free(&t->result);
}

void result_transfer_init(struct controller *c)
{
	c->exec->results = mem_new(sizeof *c->exec->results);
}

void result_transfer_stop(struct controller *c)
{
	struct offer *offer;
	struct offer *next;

	DL_FOREACH_SAFE (c->exec->results->offers, offer, next) {
		free(offer);
	}
	free(c->exec->results);
}
