/* Owns the programs. Invariant: the watch was told of each as it is. */
#include "sim/program.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

/* Of nodes, so many of a thousand have one. */
#define PROGRAMS 300
/* What is so for longer is known to a dtreed that reaches the node. */
#define KNOWN_US (3 * SECOND)

struct sim_program {
	struct announce announce;
	uint64_t number; /* of its next change */
	int64_t changed; /* world_now() */
};

static uint64_t last_number;

static void on_change(void *arg, uint64_t number);

/* Some follow each other at once, and some live long. */
static void change_later(struct sim_process *p)
{
	int64_t wait =
	    world_chance(700) ? world_between(1, 200) * MS : world_between(1, 900) * SECOND;

	p->program->number = ++last_number;
	world_at(world_now() + wait, on_change, p, p->program->number);
}

static void change(struct sim_process *p)
{
	struct announce *a = &p->program->announce;

	if (a->report.state == PROGRAM_STARTING)
		announce_ready(a);
	else if (!a->report.pid)
		announce_started(a, (pid_t)world_between(1, 99999), world_chance(500));
	else if (world_chance(800))
		announce_ended(a, a->report.pid, "signal 9", &(struct program_usage){0},
		               world_chance(500) ? clock_ms() + 100 : 0);
	else
		announce_waiting(a);
	p->program->changed = world_now();
	change_later(p);
}

static void on_change(void *arg, uint64_t number)
{
	struct sim_process *p = arg;

	if (!os_alive(p) || !p->program || p->program->number != number)
		return;
	if (p->stopped) {
		world_at(world_now() + 50 * MS, on_change, p, number);
		return;
	}
	os_run_as(p, change);
	os_wake(p);
}

void program_begin(const struct program_watch *watch)
{
	struct sim_process *p = os_current();

	if (!watch || !world_chance(PROGRAMS))
		return;
	p->program = mem_new(sizeof *p->program);
	announce_begin(&p->program->announce, watch, true);
	change_later(p);
}

void program_end(struct sim_process *p)
{
	free(p->program);
	p->program = NULL;
}

bool program_is_known(const struct sim_process *p, const struct program_report *known)
{
	const struct program_report *is;

	if (!p->program)
		return !known;
	is = &p->program->announce.report;
	if (p->stopped || world_now() - p->program->changed < KNOWN_US)
		return true;
	return known && known->state == is->state && known->pid == is->pid &&
	       known->starts == is->starts && known->ends == is->ends;
}
