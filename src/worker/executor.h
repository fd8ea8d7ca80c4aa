/*
 * What runs a node's requests: a service in this process, on a thread of its own (runner.h), or a
 * program (program_runner.h). Both take the same messages and give the same updates.
 */
#ifndef WORKER_EXECUTOR_H
#define WORKER_EXECUTOR_H

#include <ev.h>

#include "dtree/service.h"
#include "program/announce.h"
#include "program/spec.h"
#include "wire/message.h"
#include "worker/runner.h"

struct work;

struct executor {
	/* As runner_take() and so on. */
	int (*take)(void *runner, const struct message *m);
	void (*unstore)(void *runner, size_t size);
	void (*finish)(void *runner, runner_done_fn *done, void *arg);
	void (*free)(void *runner);
	/* Does a request with FLAG_INPUT fit? NULL: never. */
	bool (*takes_input)(void *runner);
	/* Another dtreed has taken the node over. NULL: nothing is to be done. */
	void (*adopted)(void *runner);
	/* As engine_renew(). NULL: it has no program. */
	void (*renew)(void *runner, pid_t pid);
	/* A work that executor_fits() takes the place of the present one: 0, and it is taken over;
	 * -1: not now. No request fails by it. NULL: it never can. */
	int (*reload)(void *runner, const struct work *work);
	/* Another runner serves what begins: what this one has to say of its program counts no
	 * more. NULL: it has nothing to say. */
	void (*retire)(void *runner);
};

/* What a node is to run: one of the two. The service is borrowed for ever, the program taken over
 * by whoever is given it. */
struct work {
	const struct dtree_service *service;
	struct program_spec *program;
	struct log_ring *ring; /* what the program says; borrowed; NULL: it is not kept */
	const struct program_watch *watch; /* of the program; NULL: nobody; borrowed for ever */
	const char *group;                 /* the same */
	const char *credentials; /* of programs, as program_node has it; borrowed for ever */
};

/* Does it run works of that kind? */
bool executor_fits(const struct executor *e, const struct work *work);
/* Makes the runner of that work, and says how it is called. The node is copied; its strings are
 * borrowed for ever. */
const struct executor *executor_new(struct ev_loop *loop, const struct dtree_node *node,
                                    const struct work *work, runner_update_fn *update, void *arg,
                                    void **runner);

#endif
