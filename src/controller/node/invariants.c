/* Reads only. */
#include "controller/node/invariants.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/node/node.h"

/* While the tree ends, a process that is asked to finish may belong to a node that is DEAD. */
static bool has_no_process(const struct node *n)
{
	return !n->worker.process || n->departure.id;
}

static const char *check_state(const struct node *n)
{
	switch (n->life) {
	case LIFE_STARTING:
	case LIFE_COMMITTING:
		CHECK(n->worker.process && n->traffic.create);
		CHECK((n->record.phase == REGISTRY_KEPT) == (n->life == LIFE_COMMITTING));
		break;
	case LIFE_RUNNING:
		CHECK(n->worker.process && n->restart.joined);
		break;
	case LIFE_STOPPING:
		CHECK(n->departure.id);
		CHECK(n->worker.process || !n->restart.joined);
		break;
	case LIFE_STOPPED:
	case LIFE_DEAD:
	case LIFE_GIVEN_UP:
		CHECK(has_no_process(n));
		break;
	case LIFE_BACKOFF:
		CHECK(!n->worker.process);
		CHECK(!n->restart.revive || !node_is_timed(n));
		break;
	case LIFE_RESTARTING:
		CHECK(n->worker.process && !n->restart.joined);
		break;
	case LIFE_RETIRED:
	case LIFE_STATES:
		return "it is in the table";
	}
	return NULL;
}

const char *node_check_life(const struct node *n)
{
	bool planned = n->life == LIFE_BACKOFF || n->life == LIFE_RESTARTING;

	CHECK(n->incarnation && n->data_id && n->service);
	CHECK(!n->worker.process || process_node(n->worker.process) == n->id);
	CHECK(!n->worker.process || process_pid(n->worker.process) == n->worker.pid);
	CHECK(node_is_new(n) || (!n->traffic.create && n->record.phase == REGISTRY_KEPT));
	CHECK(planned || !node_is_timed(n));
	CHECK(n->life == LIFE_BACKOFF || !n->restart.revive);
	CHECK(n->life == LIFE_STOPPING || !n->restart.to_restart);
	CHECK(n->life == LIFE_DEAD || !n->restart.undeclared);
	return check_state(n);
}

/* By its neighbours: a walk for each of many children would be long. */
static bool is_kid_of(const struct node *n, const struct node *up)
{
	const struct node *next = n->link.kid_next;
	const struct node *prev = n->link.kid_prev;

	if (!up->link.kids || !prev || (next ? next : up->link.kids)->link.kid_prev != n)
		return false;
	return up->link.kids == n ? !prev->link.kid_next : prev->link.kid_next == n;
}

/* The two trees of links: what hangs below it, and what it hangs below. */
static const char *check_place(const struct node *n)
{
	const struct node *kid;

	CHECK(n->link.joined || !n->link.up);
	CHECK(!n->link.up || is_kid_of(n, n->link.up));
	DL_FOREACH2(n->link.kids, kid, link.kid_next)
	{
		CHECK(kid->link.joined && kid->link.up == n);
	}
	return NULL;
}

/* UP or MOVING. While the tree ends, what is below a node may end after it. */
static const char *check_linked(const struct node *n)
{
	const struct node *up = n->link.up;

	CHECK(node_has_joined(n) && n->worker.process);
	CHECK(n->link.joined && n->link.generation > 0);
	CHECK(!up || node_has_joined(up) || n->departure.id);
	CHECK(!n->health.since);
	return NULL;
}

static const char *check_move(const struct node *n)
{
	const struct move *move = &n->link.move;

	CHECK(n->link.move_prev);
	CHECK(move->generation > n->link.generation && move->generation <= n->link.newest);
	CHECK(move->orders > 0 && move->ordered > 0);
	CHECK(!move->held || move->leaving);
	return NULL;
}

/* ORPHANED, SILENT or UNADOPTED. */
static const char *check_orphaned(const struct node *n)
{
	CHECK(node_has_joined(n) && n->worker.process);
	CHECK(n->health.since);
	/* It hangs where a former dtreed may have left it, or nowhere. */
	CHECK(!n->link.joined || (n->link.unadopted && !n->link.generation));
	return NULL;
}

/* A process that is to end may be on its way: DEAD is while the tree ends. */
static bool may_join(enum node_life life)
{
	switch (life) {
	case LIFE_STARTING:
	case LIFE_COMMITTING:
	case LIFE_STOPPING:
	case LIFE_DEAD:
	case LIFE_RESTARTING:
		return true;
	case LIFE_RUNNING:
	case LIFE_STOPPED:
	case LIFE_BACKOFF:
	case LIFE_GIVEN_UP:
	case LIFE_RETIRED:
	case LIFE_STATES:
		break;
	}
	return false;
}

const char *node_check_link(const struct node *n)
{
	const struct node_link *link = &n->link;
	const char *wrong = check_place(n);

	if (!wrong && node_has_link(n))
		wrong = check_linked(n);
	if (!wrong && node_is_orphaned(n))
		wrong = check_orphaned(n);
	if (wrong)
		return wrong;
	CHECK(node_is_moving(n) || (!link->move_prev && !link->move.held));
	switch (link->state) {
	case LINK_NONE:
		CHECK(!node_is_new(n) && !node_has_joined(n));
		CHECK(!link->unadopted);
		break;
	case LINK_JOINING:
		CHECK(n->worker.process && link->joined && link->generation > 0);
		CHECK(may_join(n->life));
		CHECK(!link->unadopted);
		break;
	case LINK_UP:
		break;
	case LINK_MOVING:
		return check_move(n);
	case LINK_ORPHANED:
		CHECK(!link->joined);
		break;
	case LINK_SILENT:
		CHECK(n->health.reported);
		break;
	case LINK_UNADOPTED:
		CHECK(link->joined && link->unadopted && !link->generation);
		break;
	case LINK_STATES:
		CHECK(link->state < LINK_STATES);
		break;
	}
	return NULL;
}

/* Not to the log: a thread writes it, which would not get to it. */
void check_assert(const char *what, const char *wrong)
{
	if (!wrong)
		return;
	fprintf(stderr, "dtreed: Assertion `%s' failed: %s\n", wrong, what);
	abort();
}

const char *node_check(const struct node *n)
{
	const char *life = node_check_life(n);

	return life ? life : node_check_link(n);
}

void node_assert(const struct node *n)
{
	const char *wrong = node_check(n);
	cleanup_free char *what = NULL;

	if (!wrong)
		return;
	what = mem_format("node %d, %s, link %s", n->id, life_name(n->life),
	                  link_state_name(n->link.state));
	check_assert(what, wrong);
}
