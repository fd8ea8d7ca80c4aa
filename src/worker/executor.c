/* The rows of the two. Owns nothing. */
#include "worker/executor.h"

#include "worker/program_runner.h"

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

static int service_reload(void *runner, const struct work *work)
{
	return runner_reload(runner, work->service);
}

static const struct executor by_service = {
    .reload = service_reload,
    .take = service_take,
    .unstore = service_unstore,
    .finish = service_finish,
    .free = service_free,
};

static int program_take(void *runner, const struct message *m)
{
	program_runner_take(runner, m);
	return 0;
}

static void program_unstore(void *runner, size_t size)
{
	program_runner_unstore(runner, size);
}

static void program_finish(void *runner, runner_done_fn *done, void *arg)
{
	program_runner_finish(runner, done, arg);
}

static void program_free(void *runner)
{
	program_runner_free(runner);
}

static bool program_takes_input(void *runner)
{
	return program_runner_takes_input(runner);
}

static void program_adopted(void *runner)
{
	program_runner_adopted(runner);
}

static void program_renew(void *runner, pid_t pid)
{
	program_runner_renew(runner, pid);
}

static int program_take_over(void *runner, const struct work *work)
{
	return program_runner_reload(runner, work->program);
}

static void program_retire(void *runner)
{
	program_runner_retire(runner);
}

static const struct executor by_program = {
    .retire = program_retire,
    .reload = program_take_over,
    .adopted = program_adopted,
    .renew = program_renew,
    .takes_input = program_takes_input,
    .take = program_take,
    .unstore = program_unstore,
    .finish = program_finish,
    .free = program_free,
};

bool executor_fits(const struct executor *e, const struct work *work)
{
	return e == (work->program ? &by_program : &by_service);
}

const struct executor *executor_new(struct ev_loop *loop, const struct dtree_node *node,
                                    const struct work *work, runner_update_fn *update, void *arg,
                                    void **runner)
{
	if (work->program) {
		*runner = program_runner_new(loop, node, work, update, arg);
		return &by_program;
	}
	*runner = runner_new(loop, node, work->service, update, arg);
	return &by_service;
}
