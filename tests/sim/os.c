/*
 * Owns the processes, which stay valid until the end. Invariant: a process that is ready for a
 * turn, and not stopped, has one due.
 */
#include "sim/os.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "sim/numbers.h"

/* Above any number that the kernel gives: what is asked of one by its number finds nobody. */
#define FIRST_PID 10000000

static struct {
	struct sim_process *living;
	struct sim_process *current;
	struct numbers processes;
	int64_t usual;
	int64_t worst;
	unsigned worst_per_mille;
} os;

void os_begin(void)
{
	memset(&os, 0, sizeof os);
	os_set_load(60, 5 * MS, 2);
	links_begin();
}

static void free_self(struct sim_process *p)
{
	if (p->free_self)
		p->free_self(p);
	p->free_self = NULL;
	p->self = NULL;
	if (p->loop)
		ev_loop_destroy(p->loop);
	p->loop = NULL;
}

static void drop_memory(struct sim_process *p)
{
	for (char **word = p->words; word && *word; word++)
		free(*word);
	free(p->words);
	p->words = NULL;
	free(p->ready);
	p->ready = NULL;
	p->ready_count = p->ready_room = 0;
}

void os_end(void)
{
	struct sim_process *p;

	DL_FOREACH (os.living, p) {
		p->dead = true;
		os_run_as(p, free_self);
	}
	links_end();
	DL_FOREACH (os.living, p)
		drop_memory(p);
	os.living = NULL;
	numbers_free(&os.processes);
	descriptors_end();
}

struct sim_process *os_current(void)
{
	return os.current;
}

void os_run_as(struct sim_process *p, void (*fn)(struct sim_process *p))
{
	struct sim_process *before = os.current;

	os.current = p;
	fn(p);
	os.current = before;
}

struct sim_process *os_processes(void)
{
	return os.living;
}

struct sim_process *os_find(pid_t pid)
{
	size_t number = (size_t)(pid - FIRST_PID);

	return pid >= FIRST_PID && number < os.processes.count ? os.processes.items[number] : NULL;
}

struct sim_process *os_process_new(enum process_kind kind, const char *name)
{
	struct sim_process *p = mem_new(sizeof *p);

	p->kind = kind;
	p->pid = FIRST_PID + (pid_t)numbers_add(&os.processes, p);
	p->parent = os.current ? os.current->pid : 1;
	snprintf(p->name, sizeof p->name, "%s", name);
	DL_PREPEND(os.living, p);
	return p;
}

bool os_alive(const struct sim_process *p)
{
	return !p->dead && !p->dying;
}

void os_set_load(int64_t usual_us, int64_t worst_us, unsigned worst_per_mille)
{
	os.usual = usual_us;
	os.worst = worst_us;
	os.worst_per_mille = worst_per_mille;
}

int64_t os_delay(void)
{
	return world_chance(os.worst_per_mille) ? world_between(os.usual, os.worst)
	                                        : world_between(5, os.usual);
}

/* ---- Turns. ---- */

static void one_turn(struct sim_process *p)
{
	p->busy_until = loop_turn(p->loop);
}

static void on_turn(void *arg, uint64_t number);

static void turn_at(struct sim_process *p, int64_t when)
{
	if (when < p->busy_until)
		when = p->busy_until;
	if (p->turn_due && p->turn_due <= when)
		return;
	p->turn_due = when;
	world_at(when, on_turn, p, ++p->turns);
}

static void on_turn(void *arg, uint64_t number)
{
	struct sim_process *p = arg;
	int64_t next;

	if (number != p->turns || !p->running || !os_alive(p))
		return;
	p->turn_due = 0;
	if (p->stopped)
		return;
	world_mix((uint64_t)p->pid);
	os_run_as(p, one_turn);
	next = p->busy_until;
	if (p->turned && next >= 0)
		p->turned(p);
	p->busy_until = world_now() + world_between(10, 40);
	if (!os_alive(p))
		return; /* by its own hand, or by whom it called */
	if (next < 0)
		os_exit(p, EXIT_SUCCESS);
	else if (next < world_now())
		turn_at(p, p->busy_until);
	else if (next != INT64_MAX)
		turn_at(p, next + os_delay());
}

void os_process_run(struct sim_process *p)
{
	p->running = true;
	turn_at(p, world_now() + os_delay());
}

void os_wake(struct sim_process *p)
{
	if (p->running && !p->stopped && os_alive(p) && p != os.current)
		turn_at(p, world_now() + os_delay());
}

/* ---- Ends, signals. ---- */

static void end_process(struct sim_process *p)
{
	p->dead = true;
	p->running = false;
	world_log(p->name, "%s %d", p->by_signal ? "killed by" : "exits with", p->status);
	links_died(p);
	disk_died(p);
	os_run_as(p, free_self);
	descriptors_died(p);
	DL_DELETE(os.living, p);
	drop_memory(p);
	descriptors_tell(p);
	/* Its workers that were not let in die with it. */
	for (struct sim_process *child = os.living; child; child = child->next)
		if (p->kind == PROCESS_DTREED && child->parent == p->pid && child->gate &&
		    os_alive(child))
			os_kill(child);
}

static void on_killed(void *arg, uint64_t number)
{
	(void)number;
	end_process(arg);
}

void os_kill(struct sim_process *p)
{
	if (!os_alive(p))
		return;
	p->dying = true;
	p->by_signal = true;
	p->status = SIGKILL;
	/* What libzmq's thread had not sent by then is lost. */
	p->died_at = p->stopped ? p->stopped_at : world_now();
	world_at(world_now() + world_between(50, 3 * MS), on_killed, p, 0);
}

static void on_exits(void *arg, uint64_t number)
{
	struct sim_process *p = arg;

	(void)number;
	end_process(p);
}

/* What it still had to do was done by main(), as the process. */
void os_exit(struct sim_process *p, int status)
{
	p->running = false;
	p->status = status;
	os_run_as(p, free_self);
	p->dying = true;
	p->died_at = world_now();
	world_at(world_now() + world_between(50, 2 * MS), on_exits, p, 0);
}

static bool handles(const struct sim_process *p)
{
	return p->loop && p->self;
}

void os_signal(struct sim_process *p, int signal)
{
	if (!os_alive(p))
		return;
	if (signal == SIGKILL) {
		os_kill(p);
	} else if (!handles(p)) {
		/* Before main() has got so far: the default. */
		os_kill(p);
		p->status = signal;
	} else {
		p->signals |= 1U << signal;
		os_wake(p);
	}
}

void os_stop(struct sim_process *p)
{
	if (!os_alive(p) || p->stopped)
		return;
	world_log(p->name, "is stopped");
	p->stopped = true;
	p->stopped_at = world_now();
}

void os_continue(struct sim_process *p)
{
	if (!os_alive(p) || !p->stopped)
		return;
	world_log(p->name, "goes on");
	links_continued(p);
	p->stopped = false;
	p->continued_at = world_now();
	if (p->running)
		turn_at(p, world_now() + os_delay());
}
