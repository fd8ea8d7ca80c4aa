/* Stamps to steps, and steps to words. Owns nothing. */
#include "controller/request/slow.h"

#include <stdio.h>

#include "controller/request/change_steps.h"

/* The next step, which ends then; one of no time is none. *at moves on. */
static void slow_step_behind(struct steps *steps, enum step_what what, uint64_t *at, uint64_t end,
                             uint32_t behind)
{
	if (end <= *at)
		return;
	steps_add(steps, what, *at, end, behind, 0);
	*at = end;
}

static void slow_step(struct steps *steps, enum step_what what, uint64_t *at, uint64_t end)
{
	slow_step_behind(steps, what, at, end, 0);
}

bool slow_node_is_known(const struct request_stamps *at)
{
	const struct msg_stamps *node = &at->node;

	return node->received && at->sent <= node->received && node->received <= node->begun &&
	       node->begun <= node->ended && node->ended <= node->answered &&
	       node->answered <= at->answered;
}

void slow_steps_before(const struct request *r, struct steps *steps, uint64_t *now)
{
	const struct request_stamps *at = &r->at;
	uint64_t ready = at->phase == PHASE_BLOCKED ? at->answered : at->ready;

	slow_step(steps, STEP_READ, now, at->submitted);
	slow_step(steps, STEP_LANE, now,
	          at->phase == PHASE_WAITING && at->unstarted ? at->answered : at->started);
	/* One that changes a node also waits on its list while that is done. */
	if (change_steps_begin(r, ready) >= ready)
		slow_step(steps, STEP_BLOCKED, now, ready);
	if (at->behind)
		slow_step_behind(steps, STEP_WINDOW, now, at->sent ? at->sent : at->answered,
		                 at->behind);
}

/* What was done for it, with what dtreed did in between. */
static void slow_steps_did(const struct request *r, struct steps *steps, uint64_t *from)
{
	for (size_t i = 0; r->did && i < r->did->count; i++) {
		const struct step *step = &r->did->items[i];
		slow_step(steps, STEP_CONTROL, from, step->begin);
		slow_step(steps, step->what, from, step->end);
	}
}

void slow_steps(const struct request *r, bool program, uint64_t now, struct steps *steps)
{
	const struct request_stamps *at = &r->at;
	uint64_t from = at->read && at->read < at->submitted ? at->read : at->submitted;

	steps->count = 0;
	slow_steps_before(r, steps, &from);
	slow_steps_did(r, steps, &from);
	slow_step(steps, STEP_CONTROL, &from, at->sent);
	if (!at->sent) {
		slow_step(steps, STEP_CONTROL, &from, at->answered);
	} else if (!slow_node_is_known(at)) {
		slow_step(steps, STEP_NODE, &from, at->answered);
	} else {
		slow_step(steps, STEP_LINK_DOWN, &from, at->node.received);
		slow_step(steps, STEP_QUEUE, &from, at->node.begun);
		slow_step(steps, program ? STEP_PROGRAM : STEP_SERVICE, &from, at->node.ended);
		slow_step(steps, STEP_COMMIT, &from, at->node.answered);
		slow_step(steps, STEP_LINK_UP, &from, at->answered);
	}
	slow_step(steps, STEP_ORDER, &from, now);
}

const struct step *slow_longest(const struct steps *steps)
{
	const struct step *longest = NULL;

	for (size_t i = 0; i < steps->count; i++)
		if (!longest ||
		    steps->items[i].end - steps->items[i].begin > longest->end - longest->begin)
			longest = &steps->items[i];
	return longest;
}

#define SAY(...) snprintf(why, SLOW_WHY_SIZE, __VA_ARGS__)

/* Under way, or in the node without its word. */
static void slow_why_lost(const struct request *r, enum step_what longest,
                          const struct slow_known *known, char *why)
{
	if (known->pid)
		SAY("process %d of node %d is stopped", known->pid, known->stopped);
	else if (known->moves)
		SAY("the link of node %d, or one above, was lost or moved, %u times; it was sent "
		    "again",
		    r->node, known->moves);
	else if (known->silent_ms)
		SAY("node %d was lost or silent for %lld ms", r->node, (long long)known->silent_ms);
	else if (!known->service)
		SAY("the nodes that it asked");
	else if (longest == STEP_LINK_UP)
		SAY("dtreed, or a node on the way, read the answer late");
	else if (longest == STEP_LINK_DOWN)
		SAY("node %d, or one on the way, read it late", r->node);
	else if (r->at.before)
		SAY("node %d has not answered; it had %u requests of %u sessions before", r->node,
		    r->at.before, r->at.before_of);
	else
		SAY("node %d has not answered", r->node);
}

static void slow_why_window(const struct request *r, char *why)
{
	if (r->at.own)
		SAY("behind %u requests of its own session at node %d", r->at.behind, r->node);
	else
		SAY("behind %u requests of %u sessions at node %d", r->at.behind, r->at.behind_of,
		    r->node);
}

static void slow_why_service(const struct request *r, enum step_what longest,
                             const struct slow_known *known, char *why)
{
	SAY("%s %s of node %d%s",
	    longest == STEP_PROGRAM ? "the program of the service" : "the service",
	    known->service ? known->service : "-", r->node,
	    r->kind->stream ? ", whose arguments came in parts" : "");
}

/* false: the step is none of a request that changes nodes. */
static bool slow_why_change(const struct request *r, enum step_what longest, char *why)
{
	if (longest == STEP_SPAWN)
		SAY("the process of node %d had to be made", r->node);
	else if (longest == STEP_RECORD)
		SAY("the registry had to be written");
	else if (longest == STEP_JOIN)
		SAY("the process of node %d had to start and to join", r->node);
	else if (longest == STEP_DRAIN)
		SAY("node %d had to answer what it was asked before", r->node);
	else if (longest == STEP_END)
		SAY("the process of node %d, or of one below it, had to end", r->node);
	else if (longest == STEP_ERASE)
		SAY("the data of node %d, or of one below it, had to be removed", r->node);
	else
		return false;
	return true;
}

void slow_why(const struct request *r, enum step_what longest, const struct slow_known *known,
              char why[SLOW_WHY_SIZE])
{
	const struct request_stamps *at = &r->at;

	if (slow_why_change(r, longest, why))
		return;
	if (longest == STEP_READ)
		SAY("dtreed came to it late, behind what else it had read");
	else if (longest == STEP_LANE)
		SAY("behind what its session asked of node %d before", r->node);
	else if (longest == STEP_BLOCKED && at->waits)
		SAY("node %d was %s", r->node, at->waits);
	else if (longest == STEP_BLOCKED && r->kind->behind_barriers)
		SAY("behind changes of nodes that its session asked for before");
	else if (longest == STEP_WINDOW)
		slow_why_window(r, why);
	else if (longest == STEP_QUEUE && at->before)
		SAY("node %d was busy, behind %u requests of %u sessions", r->node, at->before,
		    at->before_of);
	else if (longest == STEP_QUEUE)
		SAY("node %d came to it late", r->node);
	else if (longest == STEP_SERVICE || longest == STEP_PROGRAM)
		slow_why_service(r, longest, known, why);
	else if (longest == STEP_COMMIT)
		SAY("node %d answered late: it waited for its disk, or had no processor", r->node);
	else if (longest == STEP_ORDER)
		SAY("its answer waited for those to earlier requests of its session");
	else if (longest == STEP_CONTROL || longest == STEP_BLOCKED)
		SAY("%s", r->kind->barrier || longest == STEP_BLOCKED
		              ? "processes of nodes had to start or end"
		              : "dtreed carried it out");
	else
		slow_why_lost(r, longest, known, why);
}
