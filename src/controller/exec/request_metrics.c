/* Owns the counts. */
#include "controller/exec/request_metrics.h"

#include "controller/exec/internal.h"
#include "controller/exec/slow_word.h"
#include "controller/request/slow.h"

/* An account_fn. */
static void request_metrics_take(struct controller *c, struct request *r, uint64_t now)
{
	struct metrics *m = c->exec->metrics;
	struct node *n = node_find(c->nodes, r->node);
	uint64_t ns = now - (r->at.read ? r->at.read : r->at.submitted);
	struct metrics_service *service;
	struct steps steps;

	/* What is only told, as of a stream that is fed, is no request. */
	if (!r->kind->start)
		return;
	metrics_kind_add(metrics_kind(m, r->kind->name), r->at.code, r->args_size + r->fed,
	                 r->at.result_size, ns);
	if (!n)
		return;
	slow_steps(r, slow_word_is_program(c, n), now, &steps);
	service = metrics_service(m, n->service);
	metrics_service_add(service, &steps);
	if (!r->at.sent)
		return;
	histogram_add(&service->took, ns);
	histogram_add(&n->traffic.took, ns);
}

void request_metrics_init(struct controller *c)
{
	c->exec->metrics = metrics_new();
	requests_account(c->requests, request_metrics_take);
}

void request_metrics_stop(struct controller *c)
{
	metrics_free(c->exec->metrics);
}

const struct metrics *request_metrics(const struct controller *c)
{
	return c->exec->metrics;
}
