/*
 * A worker's process: what main() of dtree-worker.c does around the relay, and the runner's thread,
 * which here does a part of its work now and then.
 */
#include "sim/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/lock.h"
#include "base/mem.h"
#include "service/service.h"
#include "sim/os.h"
#include "sim/program.h"
#include "sim/readers.h"
#include "wire/worker_options.h"
#include "worker/relay.h"
#include "worker/runner.h"
#include "worker/scheduler.h"

/* ---- The process. ---- */

static void free_relay(struct sim_process *p)
{
	relay_free(p->self);
}

static void read_words(struct sim_process *p, struct worker_options *options)
{
	struct error err;
	int count = 0;

	while (p->words[count])
		count++;
	if (worker_options_read(options, count, p->words, &err))
		world_fail("a worker does not know its options: %s", err.text);
}

void worker_main(struct sim_process *p)
{
	struct worker_options options;
	struct relay_config config;
	struct error err;

	read_words(p, &options);
	snprintf(p->name, sizeof p->name, "node %d (%x)", (int)options.node,
	         (unsigned)options.incarnation);
	p->node = (int)options.node;
	config = (struct relay_config){
	    .id = (int)options.node,
	    .incarnation = (uint32_t)options.incarnation,
	    .controller_epoch = (uint64_t)options.epoch,
	    .listen = options.listen,
	    .controller = options.controller,
	    .work.service = service_find(options.service),
	    .state_dir = options.state,
	    .dtreed = (pid_t)options.supervisor,
	    .lives = 3,
	    .orphan_timeout = options.orphan_timeout_ms,
	};
	if (lock_take(3, config.incarnation)) {
		world_fail("%s: its place is held", p->name);
		return;
	}
	p->loop = ev_loop_new(0);
	p->self = relay_new(p->loop, &config, &err);
	/* Its dtreed may be gone by now. */
	if (!p->self) {
		os_exit(p, EXIT_FAILURE);
		return;
	}
	p->free_self = free_relay;
}

static void join(struct sim_process *p)
{
	struct worker_options options;
	struct error err;

	read_words(p, &options);
	if (relay_join(p->self, options.parent, &err))
		os_exit(p, EXIT_FAILURE);
	else
		os_process_run(p);
}

void worker_let_in(struct sim_process *p)
{
	os_run_as(p, join);
}

/* ---- worker/runner.h: its thread is a thing that happens again and again. ---- */

struct told {
	struct job_update update;
	struct told *prev; /* utlist */
	struct told *next;
};

struct runner {
	struct sim_process *process;
	struct ev_loop *loop;
	struct scheduler *scheduler;
	struct readers *readers;
	const struct dtree_service *service;
	runner_update_fn *update;
	void *arg;
	ev_async wake;
	struct job_part *inbox;
	struct told *outbox;
	uint64_t number; /* of what is to happen; 0: nothing is */
	bool finishing;
	bool finished;
	runner_done_fn *done;
	void *done_arg;
};

static uint64_t last_number;

static void say(struct runner *r, const struct job_update *update)
{
	struct told *told = mem_new(sizeof *told);

	told->update = *update;
	DL_APPEND(r->outbox, told);
}

static void on_work(void *arg, uint64_t number);

static void work_later(struct runner *r)
{
	if (r->number)
		return;
	r->number = ++last_number;
	world_at(world_now() + os_delay() + world_between(5, 400), on_work, r->process, r->number);
}

static void work(struct sim_process *p)
{
	struct runner *r = p->runner;
	struct job_part *part;
	struct job_part *next;
	struct job_update update;
	bool more = true;

	DL_FOREACH_SAFE (r->inbox, part, next) {
		DL_DELETE(r->inbox, part);
		part->prev = part->next = NULL;
		if (scheduler_add(r->scheduler, part, &update))
			say(r, &update);
	}
	for (int64_t steps = world_between(1, 20); steps && more; steps--) {
		more = scheduler_step(r->scheduler, &update);
		if (more)
			say(r, &update);
	}
	if (more)
		work_later(r);
	else if (r->finishing)
		r->finished = true;
	ev_async_send(r->loop, &r->wake);
}

static void on_work(void *arg, uint64_t number)
{
	struct sim_process *p = arg;

	if (!os_alive(p) || !p->runner || p->runner->number != number)
		return;
	if (p->stopped) {
		world_at(world_now() + MS, on_work, p, number);
		return;
	}
	p->runner->number = 0;
	os_run_as(p, work);
	/* It was said while no turn was under way. */
	os_wake(p);
}

static void on_wake(struct ev_loop *loop, ev_async *wake, int revents)
{
	struct runner *r = wake->data;
	struct told *all = r->outbox;
	struct told *told;
	struct told *next;
	runner_done_fn *done = r->finished ? r->done : NULL;

	(void)loop;
	(void)revents;
	r->outbox = NULL;
	DL_FOREACH_SAFE (all, told, next) {
		r->update(r->arg, &told->update);
		free(told);
	}
	if (!done)
		return;
	r->done = NULL;
	done(r->done_arg);
}

struct runner *runner_new(struct ev_loop *loop, const struct dtree_node *node,
                          const struct dtree_service *service, runner_update_fn *update, void *arg)
{
	struct runner *r = mem_new(sizeof *r);

	r->process = os_current();
	r->process->runner = r;
	r->loop = loop;
	r->scheduler = scheduler_new(node, service);
	r->readers = readers_new(update, arg);
	r->service = service;
	r->update = update;
	r->arg = arg;
	ev_async_init(&r->wake, on_wake);
	r->wake.data = r;
	ev_async_start(loop, &r->wake);
	return r;
}

void runner_free(struct runner *r)
{
	struct job_part *part;
	struct job_part *next;
	struct told *told;
	struct told *then;

	DL_FOREACH_SAFE (r->inbox, part, next)
		free(part);
	DL_FOREACH_SAFE (r->outbox, told, then) {
		free(told->update.text);
		free(told);
	}
	scheduler_free(r->scheduler);
	readers_free(r->readers);
	ev_async_stop(r->loop, &r->wake);
	program_end(r->process);
	r->process->runner = NULL;
	free(r);
}

static void take_part(struct runner *r, const struct message *m)
{
	struct job_part *part = mem_new(sizeof *part + m->payload_size);

	part->type = m->type;
	part->request = m->request;
	if (m->type == MSG_EXEC) {
		part->session = m->exec.session;
		part->deadline = m->exec.deadline;
	} else if (m->type == MSG_DATA) {
		part->session = m->data.session;
		part->deadline = m->data.deadline;
	}
	part->last = m->flags & FLAG_LAST;
	part->size = m->payload_size;
	if (m->payload_size)
		memcpy(part->bytes, m->payload, m->payload_size);
	DL_APPEND(r->inbox, part);
	work_later(r);
}

int runner_take(struct runner *r, const struct message *m)
{
	struct job_update update;

	if (r->finishing || readers_take(r->readers, m))
		return 0;
	if (m->type == MSG_EXEC && m->flags & FLAG_LAST && m->payload_size < r->service->quick &&
	    !r->inbox && !r->outbox && scheduler_empty(r->scheduler)) {
		scheduler_run_whole(r->scheduler, m, &update);
		r->update(r->arg, &update);
		return 0;
	}
	take_part(r, m);
	return 0;
}

void runner_unstore(struct runner *r, size_t size)
{
	(void)r;
	(void)size;
}

void runner_finish(struct runner *r, runner_done_fn *done, void *arg)
{
	r->finishing = true;
	r->done = done;
	r->done_arg = arg;
	readers_finish(r->readers);
	work_later(r);
}

static int service_take(void *runner, const struct message *m)
{
	return runner_take(runner, m);
}

static void service_unstore(void *runner, size_t size)
{
	runner_unstore(runner, size);
}

static void service_finish(void *runner, runner_done_fn *done, void *arg)
{
	runner_finish(runner, done, arg);
}

static void service_free(void *runner)
{
	runner_free(runner);
}

static bool service_takes_input(void *runner)
{
	(void)runner;
	return true;
}

static const struct executor service_executor = {
    .take = service_take,
    .unstore = service_unstore,
    .finish = service_finish,
    .free = service_free,
    .takes_input = service_takes_input,
};

bool executor_fits(const struct executor *e, const struct work *work)
{
	(void)work;
	return e == &service_executor;
}

/* What runs requests is the service, whether the node is said to have a program or not. */
const struct executor *executor_new(struct ev_loop *loop, const struct dtree_node *node,
                                    const struct work *work, runner_update_fn *update, void *arg,
                                    void **runner)
{
	*runner = runner_new(loop, node, work->service, update, arg);
	program_begin(work->watch);
	return &service_executor;
}
