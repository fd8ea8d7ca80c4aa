/* The table of nodes and the tree of links. No I/O. */
#include "controller/node/node.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/node/core.h"
#include "controller/node/names.h"
#include "controller/node/program.h"

int node_promise(struct node *n, struct error *err)
{
	if (!n->worker.promised && !limits_promise(NODE_DESCRIPTORS))
		return error_set(err, ERR_LIMIT,
		                 "no descriptors are left for another node: the limit is %zu",
		                 limits_descriptors());
	n->worker.promised = true;
	return 0;
}

void node_free(struct node *n)
{
	if (n->worker.promised)
		limits_release(NODE_DESCRIPTORS);
	while (n->traffic.waiting)
		window_leave(n->traffic.waiting);
	node_program_clear(n);
	free(n->cause);
	after_free(&n->after);
	node_label_free(n->label);
	free(n->worker.word);
	free(n->restart.why);
	free(n->restart.timers);
	free(n);
}

void node_stop_timers(struct node *n)
{
	if (!n->restart.timers)
		return;
	timer_stop(&n->restart.timers->next);
	timer_stop(&n->restart.timers->own);
}

bool node_is_timed(const struct node *n)
{
	return n->restart.timers && timer_runs(&n->restart.timers->next);
}

void node_set_cause(struct node *n, const char *cause)
{
	free(n->cause);
	n->cause = *cause ? mem_string(cause) : NULL;
}

const char *node_cause(const struct node *n)
{
	return n->cause ? n->cause : "";
}

const char *node_name(const struct node *n)
{
	return n->label ? n->label->name : NULL;
}

const char *node_group(const struct node *n)
{
	return n->label ? n->label->group : NULL;
}

void node_enter(struct controller *c, struct node *n)
{
	n->serial = ++c->last_serial;
	HASH_ADD_INT(c->nodes, id, n);
}

struct node *node_find(struct node *table, int id)
{
	struct node *n;

	HASH_FIND_INT(table, &id, n);
	return n;
}

bool node_is_new(const struct node *n)
{
	return n->life == LIFE_STARTING || n->life == LIFE_COMMITTING;
}

bool node_has_joined(const struct node *n)
{
	return n->life == LIFE_RUNNING || (n->life == LIFE_STOPPING && n->restart.joined);
}

bool node_is_down(const struct node *n)
{
	switch (n->life) {
	case LIFE_STOPPING:
		return !node_has_joined(n);
	case LIFE_STOPPED:
	case LIFE_DEAD:
	case LIFE_BACKOFF:
	case LIFE_RESTARTING:
	case LIFE_GIVEN_UP:
		return true;
	case LIFE_STARTING:
	case LIFE_COMMITTING:
	case LIFE_RUNNING:
	case LIFE_RETIRED:
	case LIFE_STATES:
		break;
	}
	return false;
}

bool node_available(const struct node *n)
{
	return n->life == LIFE_RUNNING && node_is_answering(n);
}

bool node_is_answering(const struct node *n)
{
	return node_has_joined(n) && !node_is_silent(n);
}

bool node_is_restarting(const struct node *n)
{
	return n->life == LIFE_RESTARTING;
}

bool node_is_coming(const struct node *n)
{
	switch (n->life) {
	case LIFE_STARTING:
	case LIFE_COMMITTING:
	case LIFE_RESTARTING:
		return true;
	case LIFE_STOPPING:
		return n->restart.to_restart;
	case LIFE_BACKOFF:
		return n->restart.revive;
	case LIFE_RUNNING:
	case LIFE_STOPPED:
	case LIFE_DEAD:
	case LIFE_GIVEN_UP:
	case LIFE_RETIRED:
	case LIFE_STATES:
		break;
	}
	return false;
}

bool node_is_awaited(const struct node *n)
{
	return !node_is_new(n) && !n->restart.failures && node_is_coming(n);
}

int64_t node_retry_ms(const struct node *n)
{
	int64_t left = n->restart.revive ? 0 : n->restart.due - clock_ms();

	if (n->life != LIFE_BACKOFF)
		return -1;
	return left > 0 ? left : 0;
}

void node_refuse(const struct node *n, struct error *err)
{
	int64_t retry_ms = node_retry_ms(n);

	if (retry_ms < 0) {
		error_unavailable(err, OUTCOME_NOT_RUN, "node %d is %s", n->id, node_state_name(n));
		return;
	}
	error_unavailable(err, OUTCOME_NOT_RUN, "node %d is %s in %lld ms: %s", n->id,
	                  node_state_name(n), (long long)retry_ms, node_cause(n));
	err->retry_ms = retry_ms + 1;
}

bool node_has_queue(const struct node *n)
{
	const struct window *w;

	DL_FOREACH (n->traffic.waiting, w) {
		if (w->queue)
			return true;
	}
	return false;
}

/* What a state is called for users, and what where differs() says so. */
static const char *const state_names[] = {"starting", "available",  "unavailable", "stopping",
                                          "stopped",  "restarting", "given_up",    "dead"};
enum {
	SEEN_STARTING,
	SEEN_AVAILABLE,
	SEEN_UNAVAILABLE,
	SEEN_STOPPING,
	SEEN_STOPPED,
	SEEN_RESTARTING,
	SEEN_GIVEN_UP,
	SEEN_DEAD
};

/* What users see of a life, and what where it differs(). */
static const struct {
	int name;
	int other;
} seen_as[LIFE_STATES] = {
    [LIFE_STARTING] = {SEEN_STARTING, SEEN_STARTING},
    [LIFE_COMMITTING] = {SEEN_STARTING, SEEN_STARTING},
    [LIFE_RUNNING] = {SEEN_AVAILABLE, SEEN_UNAVAILABLE},
    [LIFE_STOPPING] = {SEEN_STOPPING, SEEN_RESTARTING},
    [LIFE_STOPPED] = {SEEN_STOPPED, SEEN_STOPPED},
    [LIFE_DEAD] = {SEEN_DEAD, SEEN_DEAD},
    [LIFE_BACKOFF] = {SEEN_RESTARTING, SEEN_STARTING},
    [LIFE_RESTARTING] = {SEEN_RESTARTING, SEEN_STARTING},
    [LIFE_GIVEN_UP] = {SEEN_GIVEN_UP, SEEN_GIVEN_UP},
    [LIFE_RETIRED] = {SEEN_DEAD, SEEN_DEAD},
};

static bool differs(const struct node *n)
{
	switch (n->life) {
	case LIFE_RUNNING:
		return !node_is_answering(n);
	case LIFE_STOPPING:
		return n->restart.to_restart;
	case LIFE_BACKOFF:
	case LIFE_RESTARTING:
		return n->restart.fresh;
	case LIFE_STARTING:
	case LIFE_COMMITTING:
	case LIFE_STOPPED:
	case LIFE_DEAD:
	case LIFE_GIVEN_UP:
	case LIFE_RETIRED:
	case LIFE_STATES:
		break;
	}
	return false;
}

const char *node_state_name(const struct node *n)
{
	return state_names[differs(n) ? seen_as[n->life].other : seen_as[n->life].name];
}

const char *node_state_at(size_t i)
{
	return i < ARRAY_SIZE(state_names) ? state_names[i] : NULL;
}

struct peer_name node_peer_name(const struct node *n)
{
	return (struct peer_name){
	    .id = n->id, .incarnation = n->incarnation, .generation = n->link.generation};
}

int node_link_parent(const struct node *n)
{
	return n->link.up ? n->link.up->id : NODE_CONTROLLER;
}

void node_join(struct node *n, struct node *up, struct node **top)
{
	n->link.up = up;
	n->link.joined = true;
	DL_APPEND2(*(up ? &up->link.kids : top), n, link.kid_prev, link.kid_next);
}

void node_part(struct node *n, struct node **top)
{
	if (!n->link.joined)
		return;
	DL_DELETE2(*(n->link.up ? &n->link.up->link.kids : top), n, link.kid_prev, link.kid_next);
	n->link.joined = false;
	n->link.up = NULL;
}

struct node *node_next_below(const struct node *root, const struct node *n)
{
	if (n->link.kids)
		return n->link.kids;
	while (n != root && !n->link.kid_next)
		n = n->link.up;
	return n == root ? NULL : n->link.kid_next;
}

size_t node_height(const struct node *root)
{
	const struct node *n = root;
	size_t depth = 1;
	size_t most = 1;

	for (;;) {
		if (n->link.kids) {
			n = n->link.kids;
			depth++;
		} else {
			for (; n != root && !n->link.kid_next; n = n->link.up)
				depth--;
			if (n == root)
				return most;
			n = n->link.kid_next;
		}
		most = depth > most ? depth : most;
	}
}

bool node_is_above(const struct node *n, const struct node *above)
{
	for (; n; n = n->link.up)
		if (n == above)
			return true;
	return false;
}

bool node_unreachable(const struct node *n)
{
	for (; n; n = n->link.up)
		if (node_is_orphaned(n))
			return true;
	return false;
}
