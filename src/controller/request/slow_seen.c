/* Owns nothing. */
#include "controller/request/slow_seen.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What of the time between the looks makes a cause: this part of it. */
#define PART_OF_TIME 4
/* What a page fault costs at the least, in ns: one that reads from a disk, and one that does not.
 */
#define MAJOR_NS 2000000
#define MINOR_NS 1000

#define BIT(part) (1U << (part))

/* The parts that are at work in a step. */
static unsigned seen_parts(enum step_what step)
{
	switch (step) {
	case STEP_CONTROL:
	case STEP_READ:
	case STEP_ORDER:
	case STEP_WRITE:
		return BIT(SLOW_DTREED);
	case STEP_LINK_DOWN:
	case STEP_LINK_UP:
	case STEP_PARTS:
		return BIT(SLOW_DTREED) | BIT(SLOW_WAY) | BIT(SLOW_NODE);
	case STEP_SERVICE:
	case STEP_COMMIT:
		return BIT(SLOW_NODE);
	case STEP_WINDOW:
	case STEP_QUEUE:
	case STEP_PROGRAM:
	case STEP_ANSWER:
		return BIT(SLOW_NODE) | BIT(SLOW_PROGRAM);
	case STEP_RELAY:
	case STEP_NODE:
	case STEP_CPU_WAIT:
	case STEP_WAKE_UP:
		return BIT(SLOW_DTREED) | BIT(SLOW_WAY) | BIT(SLOW_NODE) | BIT(SLOW_PROGRAM);
	case STEP_LANE:
	case STEP_BLOCKED:
	case STEP_SPAWN:
	case STEP_RECORD:
	case STEP_JOIN:
	case STEP_DRAIN:
	case STEP_END:
	case STEP_ERASE:
	case STEP_WHATS:
		break;
	}
	return 0;
}

typedef uint64_t seen_cost_fn(const struct proc_usage *used);

static uint64_t seen_wait(const struct proc_usage *used)
{
	return used->wait_ns;
}

static uint64_t seen_major(const struct proc_usage *used)
{
	return used->major * MAJOR_NS;
}

static uint64_t seen_minor(const struct proc_usage *used)
{
	return used->minor * MINOR_NS;
}

/* The process of those parts that it cost most, if that is a cause; NULL: of none it is. */
static const struct slow_process *seen_worst(const struct slow_seen *seen, unsigned parts,
                                             seen_cost_fn *cost)
{
	const struct slow_process *worst = NULL;

	for (size_t i = 0; i < seen->count; i++) {
		const struct slow_process *p = &seen->processes[i];
		if (parts & BIT(p->part) && cost(&p->used) * PART_OF_TIME >= seen->ns &&
		    (!worst || cost(&p->used) > cost(&worst->used)))
			worst = p;
	}
	return worst;
}

static void seen_name(const struct slow_process *p, char *name, size_t n)
{
	if (p->part == SLOW_DTREED)
		snprintf(name, n, "dtreed");
	else if (p->part == SLOW_PROGRAM)
		snprintf(name, n, "program %d of node %d", (int)p->pid, p->node);
	else
		snprintf(name, n, "process %d of node %d", (int)p->pid, p->node);
}

static bool seen_say_stall(const struct slow_seen *seen, enum step_what step, char *why, size_t n)
{
	bool explained =
	    step == STEP_NODE || step == (seen->stalled_up ? STEP_LINK_UP : STEP_LINK_DOWN);

	if (!explained || seen->stall == TCP_STALL_NONE || seen->stall == TCP_STALL_PEER)
		return false;
	snprintf(why, n, "; on the link of node %d to its parent, %s: %s", seen->stalled,
	         seen->stalled_up ? "upwards" : "downwards", tcp_stall_text(seen->stall));
	return true;
}

void slow_seen_say(const struct slow_seen *seen, enum step_what step, char *why, size_t n)
{
	unsigned parts = seen_parts(step);
	size_t used = strlen(why);
	const struct slow_process *p;
	char name[64];

	if (!seen->ns || seen_say_stall(seen, step, why + used, n - used))
		return;
	if ((p = seen_worst(seen, parts, seen_wait))) {
		uint64_t ns = p->used.wait_ns < seen->ns ? p->used.wait_ns : seen->ns;
		seen_name(p, name, sizeof name);
		snprintf(why + used, n - used, "; %s had no processor for %llu of the last %llu ms",
		         name, (unsigned long long)(ns / 1000000),
		         (unsigned long long)(seen->ns / 1000000));
	} else if ((p = seen_worst(seen, parts, seen_major))) {
		seen_name(p, name, sizeof name);
		snprintf(why + used, n - used,
		         "; %s had %llu page faults that read from a disk, in the last %llu ms",
		         name, (unsigned long long)p->used.major,
		         (unsigned long long)(seen->ns / 1000000));
	} else if ((p = seen_worst(seen, parts, seen_minor))) {
		seen_name(p, name, sizeof name);
		snprintf(why + used, n - used, "; %s had %llu page faults in the last %llu ms",
		         name, (unsigned long long)p->used.minor,
		         (unsigned long long)(seen->ns / 1000000));
	}
}
