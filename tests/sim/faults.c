/*
 * A fault is a row. How long it is until the next one is drawn so that it may be at once or after a
 * while; so several meet. Adding one: a function and its row.
 */
#include "sim/faults.h"

#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "sim/daemon.h"
#include "sim/disk.h"
#include "sim/links.h"
#include "sim/os.h"

static struct {
	const struct plan *plan;
	bool on;
	uint64_t ticks;
} faults;

static void set_calm(void)
{
	os_set_load(60, 5 * MS, 2);
	links_set_load(200, 2 * MS, 2, 0);
	disk_set_load(5 * MS, 0, 0);
}

void faults_begin(const struct plan *plan)
{
	memset(&faults, 0, sizeof faults);
	faults.plan = plan;
	set_calm();
}

/* From the least to the most, as often in each order of magnitude. */
static int64_t draw_time(int64_t least, int64_t most)
{
	int64_t top = least;

	while (top < most && world_chance(700))
		top *= 4;
	return world_between(least, top < most ? top : most);
}

static struct sim_process *draw_worker(void)
{
	struct sim_process *drawn = NULL;
	uint64_t count = 0;

	for (struct sim_process *p = os_processes(); p; p = p->next)
		if (p->kind == PROCESS_WORKER && os_alive(p) && world_random(++count) == 0)
			drawn = p;
	return drawn;
}

static void for_some(void (*fn)(struct sim_process *p))
{
	for (int64_t i = world_between(1, 6); i; i--) {
		struct sim_process *p = draw_worker();

		if (p)
			fn(p);
	}
}

static void kill_one(void)
{
	struct sim_process *p = draw_worker();

	if (p)
		os_kill(p);
}

static void kill_some(void)
{
	for_some(os_kill);
}

static void kill_all(void)
{
	for (struct sim_process *p = os_processes(); p; p = p->next)
		if (p->kind == PROCESS_WORKER)
			os_kill(p);
}

/* Those that are just starting. */
static void kill_young(void)
{
	for (struct sim_process *p = os_processes(); p; p = p->next)
		if (p->kind == PROCESS_WORKER && !p->running && world_chance(500))
			os_kill(p);
}

static void stop_one(void)
{
	struct sim_process *p = draw_worker();

	if (p)
		os_stop(p);
}

static void stop_some(void)
{
	for_some(os_stop);
}

static void on_continue(void *arg, uint64_t number)
{
	(void)number;
	os_continue(arg);
}

/* For a moment: about as long as a heartbeat, or as a move may take. */
static void pause_some(void)
{
	for (int64_t i = world_between(1, 6); i; i--) {
		struct sim_process *p = draw_worker();

		if (!p)
			return;
		os_stop(p);
		world_at(world_now() + draw_time(MS, 8 * SECOND), on_continue, p, 0);
	}
}

static void continue_one(void)
{
	for (struct sim_process *p = os_processes(); p; p = p->next)
		if (p->stopped && world_chance(500)) {
			os_continue(p);
			return;
		}
}

static void continue_all(void)
{
	for (struct sim_process *p = os_processes(); p; p = p->next)
		os_continue(p);
}

/* What hangs is killed and started again. */
static void continue_daemon(void)
{
	for (struct sim_process *p = os_processes(); p; p = p->next)
		if (p->kind == PROCESS_DTREED)
			os_continue(p);
}

static void on_daemon_again(void *arg, uint64_t number)
{
	(void)arg;
	(void)number;
	daemon_start();
}

/* Mostly soon enough for the workers to wait for it. */
static void daemon_again(void)
{
	int64_t patience = faults.plan->orphan_timeout_ms * MS;
	int64_t down = world_chance(900) ? draw_time(MS, patience / 2)
	                                 : world_between(patience / 2, 2 * patience);

	world_at(world_now() + down, on_daemon_again, NULL, 0);
}

static void kill_daemon(void)
{
	daemon_kill();
	daemon_again();
}

static void kill_daemon_and_some(void)
{
	kill_daemon();
	for_some(world_chance(500) ? os_kill : os_stop);
}

/* As a machine that starts again. */
static void kill_everything(void)
{
	kill_daemon();
	kill_all();
}

static void end_daemon(void)
{
	daemon_terminate();
	daemon_again();
}

static void pause_daemon(void)
{
	if (!daemon_process())
		return;
	os_stop(daemon_process());
	world_at(world_now() + draw_time(MS, 10 * SECOND), on_continue, daemon_process(), 0);
}

/* Where nobody listens for heartbeats nobody notices. */
static void cut_one(void)
{
	struct sim_process *p = daemon_heartbeat() ? draw_worker() : NULL;

	if (p && links_cut(p))
		world_log(p->name, "its link is cut");
}

static void cut_some(void)
{
	for (int64_t i = world_between(2, 6); i; i--)
		cut_one();
}

static void on_calm(void *arg, uint64_t number)
{
	(void)arg;
	(void)number;
	world_log(NULL, "calm");
	set_calm();
}

static void for_a_while(void)
{
	world_at(world_now() + draw_time(10 * MS, 10 * SECOND), on_calm, NULL, 0);
}

static void busy_machine(void)
{
	world_log(NULL, "the machine is busy");
	os_set_load(world_between(100, 5 * MS), world_between(5 * MS, 200 * MS),
	            (unsigned)world_between(1, 50));
	for_a_while();
}

static void slow_links(void)
{
	world_log(NULL, "links are slow");
	links_set_load(world_between(300, 20 * MS), world_between(20 * MS, 100 * MS),
	               (unsigned)world_between(1, 50), 0);
	for_a_while();
}

static void full_backlogs(void)
{
	world_log(NULL, "connections are refused");
	links_set_load(200, 2 * MS, 2, (unsigned)world_between(50, 600));
	for_a_while();
}

static void slow_disk(void)
{
	world_log(NULL, "the disk is slow");
	disk_set_load(world_between(20 * MS, 2 * SECOND), 0, 0);
	for_a_while();
}

/* Nothing is written, or it cannot be known. */
static void failing_disk(void)
{
	world_log(NULL, "the disk fails");
	disk_set_load(5 * MS, (unsigned)world_between(50, 900), (unsigned)world_between(0, 500));
	for_a_while();
}

static const struct fault {
	const char *name;
	unsigned weight;
	void (*fn)(void);
} rows[] = {
    {"kill one", 10, kill_one},
    {"kill some", 5, kill_some},
    {"kill all workers", 1, kill_all},
    {"kill those that start", 3, kill_young},
    {"stop one", 6, stop_one},
    {"stop some", 3, stop_some},
    {"pause some", 10, pause_some},
    {"continue one", 6, continue_one},
    {"continue all", 2, continue_all},
    {"kill dtreed", 5, kill_daemon},
    {"kill dtreed and some", 3, kill_daemon_and_some},
    {"kill everything", 2, kill_everything},
    {"end dtreed", 1, end_daemon},
    {"pause dtreed", 4, pause_daemon},
    {"cut a link", 6, cut_one},
    {"cut links", 3, cut_some},
    {"busy machine", 3, busy_machine},
    {"slow links", 3, slow_links},
    {"full backlogs", 3, full_backlogs},
    {"slow disk", 2, slow_disk},
    {"failing disk", 2, failing_disk},
};

static const struct fault *draw_fault(void)
{
	unsigned all = 0;
	uint64_t drawn;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (faults.plan->faults & UINT64_C(1) << i)
			all += rows[i].weight;
	if (!all)
		return NULL;
	drawn = world_random(all);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!(faults.plan->faults & UINT64_C(1) << i))
			continue;
		if (drawn < rows[i].weight)
			return &rows[i];
		drawn -= rows[i].weight;
	}
	return NULL;
}

static void on_fault(void *arg, uint64_t number)
{
	const struct fault *fault;

	(void)arg;
	if (!faults.on || number != faults.ticks)
		return;
	fault = draw_fault();
	if (!fault)
		return;
	world_log(NULL, "fault: %s", fault->name);
	fault->fn();
	world_at(world_now() + draw_time(MS, faults.plan->pause_us), on_fault, NULL, number);
}

void faults_on(bool on)
{
	faults.on = on;
	if (on)
		world_at(world_now(), on_fault, NULL, ++faults.ticks);
}

void faults_heal(void)
{
	set_calm();
	if (faults.plan->hangs)
		continue_daemon();
	else
		continue_all();
	daemon_start();
}
