/* Owns node.link.digest. Invariant: `since` is 0 while the digests agree. */
#include "controller/overlay/digest.h"

#include "base/clock.h"
#include "base/log.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/route.h"
#include "wire/report.h"

/* A change may take so many intervals more than one for each level: at each end of what is
 * compared, half of one until the next tick, and half by which the tick may be late. */
#define SLACK 4
/* A question that changes nothing is asked again after twice as long, up to this factor. */
#define BACKOFF_MAX 64

uint64_t digest_expected(const struct node *n)
{
	uint64_t sum = 0;

	for (const struct node *below = n; below; below = node_next_below(n, below))
		if (node_has_joined(below))
			sum += report_digest(below->id, below->incarnation,
			                     below->link.report.version);
	return sum;
}

bool digest_differs(struct node_digest *d, uint64_t heard, uint64_t expected, int64_t patience,
                    int64_t now)
{
	if (!d->since || d->heard != heard || d->expected != expected) {
		d->heard = heard;
		d->expected = expected;
		d->since = now;
		return false;
	}
	if (now - d->since < patience * (d->backoff ? d->backoff : 1))
		return false;
	d->since = now;
	d->backoff = d->backoff ? 2 * d->backoff : 2;
	if (d->backoff > BACKOFF_MAX)
		d->backoff = BACKOFF_MAX;
	return true;
}

static void ask(struct controller *c, struct node *top)
{
	for (struct node *n = top; n; n = node_next_below(top, n))
		if (node_has_joined(n))
			route_now(c, n,
			          &(struct message){.type = MSG_SEEN,
			                            .flags = FLAG_AGAIN,
			                            .seen.controller_epoch = c->controller_epoch});
}

void digest_heard(struct controller *c, struct node *n, uint64_t digest)
{
	uint64_t expected = digest_expected(n);
	int64_t patience;

	if (digest == expected) {
		n->link.digest = (struct node_digest){0};
		return;
	}
	patience = (int64_t)(node_height(n) + SLACK) * c->overlay->heartbeat_ms;
	if (!digest_differs(&n->link.digest, digest, expected, patience, clock_ms()))
		return;
	node_log(n, LOG_LEVEL_INFO, FACT_NONE, "digest",
	         "node %d and what is below it know other links: they are asked", n->id);
	ask(c, n);
}
