/* Owns the client ends of the Unix sockets; process.c ends the processes behind them. */
#include "floor.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "floor_process.h"
#include "process.h"
#include "talk.h"

static int start(struct floor_chain *chain, void (*fn)(void *), struct floor_role *role,
                 struct error *err)
{
	int rc;

	role->fd = talk_listen(chain->path, err);
	if (role->fd < 0)
		return -1;
	rc = process_fork(fn, role, err);
	close(role->fd);
	return rc;
}

int floor_chain_open(struct floor_chain *chain, size_t depth, const char *name, struct error *err)
{
	*chain = FLOOR_CLOSED;
	chain->path = mem_format("%s/%s", process_directory(), name);
	/* Starts from the leaf: each process connects to the one below it, or waits for it. */
	for (size_t i = depth; i > 0; i--) {
		cleanup_free char *up = mem_format("ipc://%s.%zu", chain->path, i);
		cleanup_free char *down = mem_format("ipc://%s.%zu", chain->path, i + 1);
		struct floor_role role = {.up = up, .down = down};
		if (process_fork(i == depth ? floor_leaf : floor_relay, &role, err))
			return -1;
	}
	cleanup_free char *down = mem_format("ipc://%s.1", chain->path);
	struct floor_role role = {.down = down};
	return start(chain, floor_head, &role, err);
}

int floor_keeper_open(struct floor_chain *chain, struct error *err)
{
	*chain = FLOOR_CLOSED;
	chain->path = mem_format("%s/keeper", process_directory());
	cleanup_free char *link = mem_format("ipc://%s.1", chain->path);
	cleanup_free char *path = mem_format("%s.db", chain->path);
	struct floor_role role = {.up = link, .path = path};
	if (process_fork(floor_keeper, &role, err))
		return -1;
	role = (struct floor_role){.down = link};
	return start(chain, floor_head, &role, err);
}

int floor_lines_open(struct floor_chain *chain, char *const *argv, struct error *err)
{
	*chain = FLOOR_CLOSED;
	chain->path = mem_format("%s/lines", process_directory());
	cleanup_free char *link = mem_format("ipc://%s.1", chain->path);
	struct floor_role role = {.up = link, .argv = argv};
	if (process_fork(floor_lines, &role, err))
		return -1;
	role = (struct floor_role){.down = link};
	return start(chain, floor_head, &role, err);
}

int floor_runner_open(struct floor_chain *chain, char *const *argv, struct error *err)
{
	struct floor_role role = {.argv = argv};

	*chain = FLOOR_CLOSED;
	chain->path = mem_format("%s/runner", process_directory());
	return start(chain, floor_runner, &role, err);
}

int floor_starter_open(struct floor_chain *chain, const char *worker, struct error *err)
{
	cleanup_free char *down = mem_format("ipc://%s/starter.1", process_directory());
	struct floor_role role = {.down = down, .worker = worker};

	*chain = FLOOR_CLOSED;
	chain->path = mem_format("%s/starter", process_directory());
	return start(chain, floor_starter, &role, err);
}

int floor_tree_open(struct floor_chain *tree, size_t count, size_t fan, struct error *err)
{
	*tree = FLOOR_CLOSED;
	tree->path = mem_format("%s/tree", process_directory());
	for (size_t i = count; i > 0; i--) {
		struct floor_role role = {
		    .path = tree->path, .index = i, .count = count, .fan = fan};
		if (process_fork(floor_node, &role, err))
			return -1;
	}
	cleanup_free char *down = mem_format("ipc://%s.1", tree->path);
	struct floor_role role = {.down = down};
	return start(tree, floor_head, &role, err);
}

int floor_chain_connect(struct floor_chain *chain, struct error *err)
{
	chain->fd = talk_connect(chain->path, err);
	return chain->fd < 0 ? -1 : 0;
}

void floor_chain_free(struct floor_chain *chain)
{
	if (chain->fd >= 0)
		close(chain->fd);
	free(chain->path);
	*chain = FLOOR_CLOSED;
}

static int ask(struct floor_chain *chain, struct floor_word *word, struct error *err)
{
	if (talk_write(chain->fd, word, sizeof *word, err))
		return -1;
	return talk_read(chain->fd, word, sizeof *word, err);
}

int floor_round_trips(struct floor_chain *chain, size_t count, struct samples *samples,
                      struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct floor_word word = {.what = FLOOR_ECHO};
		long long began = process_clock();

		if (ask(chain, &word, err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1000);
	}
	return 0;
}

static int rate(struct floor_chain *chain, uint32_t what, size_t count, size_t window,
                struct samples *samples, struct error *err)
{
	struct floor_word word = {
	    .what = what, .count = (uint32_t)count, .window = (uint32_t)window};

	if (ask(chain, &word, err))
		return -1;
	samples_add(samples, (double)count * 1e9 / (double)word.ns);
	return 0;
}

int floor_flood(struct floor_chain *chain, size_t count, size_t window, struct samples *samples,
                struct error *err)
{
	return rate(chain, FLOOR_FLOOD, count, window, samples, err);
}

int floor_runs(struct floor_chain *runner, size_t count, size_t window, struct samples *samples,
               struct error *err)
{
	return rate(runner, FLOOR_RUN, count, window, samples, err);
}

int floor_end(struct floor_chain *starter, struct error *err)
{
	struct floor_word end = {.what = FLOOR_END};

	return ask(starter, &end, err);
}

int floor_starts(struct floor_chain *starter, size_t count, struct samples *samples,
                 struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct floor_word word = {.what = FLOOR_START, .count = 1};
		long long began = process_clock();

		if (ask(starter, &word, err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1000);
	}
	return floor_end(starter, err);
}

int floor_starts_together(struct floor_chain *starter, size_t count, struct samples *samples,
                          struct error *err)
{
	struct floor_word word = {.what = FLOOR_START, .count = (uint32_t)count};
	long long began = process_clock();

	if (ask(starter, &word, err))
		return -1;
	samples_add(samples, (double)(process_clock() - began) / 1e6);
	return 0;
}

int floor_deaths(struct floor_chain *starter, size_t count, struct samples *samples,
                 struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct floor_word word = {.what = FLOOR_WATCH};
		long long began;

		if (ask(starter, &word, err))
			return -1;
		began = process_clock();
		if (kill((pid_t)word.pid, SIGKILL))
			return error_set(err, ERR_INTERNAL, "a bare worker is gone");
		if (talk_read(starter->fd, &word, sizeof word, err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1000);
	}
	return floor_end(starter, err);
}

int floor_sweeps(struct floor_chain *tree, size_t count, struct samples *samples, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct floor_word word = {.what = FLOOR_SWEEP};
		long long began = process_clock();

		if (ask(tree, &word, err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1e6);
	}
	return 0;
}

int floor_beat(struct floor_chain *tree, uint32_t ms, struct error *err)
{
	struct floor_word word = {.what = FLOOR_BEAT, .ms = ms};

	return ask(tree, &word, err);
}
