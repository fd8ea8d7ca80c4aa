/* Programs of the user's as services, beside the same programs driven with nothing between. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/program.h"
#include "declare.h"
#include "dtree.h"
#include "floor.h"
#include "floor_program.h"
#include "load.h"
#include "process.h"
#include "stage.h"

/* Requests in one sample. */
#define FLOOD   10000
#define COUNTS  1000
#define RUNS    400
#define COUNTER BENCH_SOURCES "/../../examples/counter.py"

enum { LINES = 1, JSON, PYTHON, RUN };

struct programs {
	struct dtree dtree;
	struct floor_chain lines;
	struct floor_chain runner;
	struct bare json;
	struct bare python;
	char *echo; /* programs; owned */
	char *empty;
};

static void write_get(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\","
	              "\"params\":{\"id\":%d,\"args\":[\"get\",\"x\"]}}\n",
	              number, id);
}

static const struct request request_get = {write_get, "\"result\":\"0\""};

static int start_floor(struct programs *p, struct error *err)
{
	cleanup_free char *state = mem_format("%s/counter", process_directory());
	char *lines[] = {p->echo, "lines", NULL};
	char *json[] = {p->echo, "json", NULL};
	char *python[] = {COUNTER, NULL};
	char *run[] = {p->empty, NULL};

	if (mkdir(state, 0700) || setenv("DTREE_STATE_DIR", state, 1))
		return error_set(err, ERR_INTERNAL, "cannot make %s", state);
	if (floor_lines_open(&p->lines, lines, err) || floor_runner_open(&p->runner, run, err) ||
	    bare_open(&p->json, json, err) || bare_open(&p->python, python, err))
		return -1;
	unsetenv("DTREE_STATE_DIR");
	return floor_chain_connect(&p->lines, err) || floor_chain_connect(&p->runner, err);
}

static int start_dtree(struct programs *p, struct error *err)
{
	const struct declared services[] = {
	    {"lines", "lines", p->echo, "lines", ""},
	    {"json", "json", p->echo, "json", "concurrency = 64\n"},
	    {"python", "json", COUNTER, "", "concurrency = 64\n"},
	    {"run", "run", p->empty, "", "concurrency = 2\n"},
	};

	if (declare_open(&p->dtree, "programs", services, ARRAY_SIZE(services), err))
		return -1;
	return declare_nodes(&p->dtree, services, ARRAY_SIZE(services), err);
}

static int programs_open(void *stage, bool floor_only, struct error *err)
{
	struct programs *p = stage;

	p->dtree = DTREE_CLOSED;
	p->lines = p->runner = FLOOR_CLOSED;
	p->json = p->python = BARE_CLOSED;
	p->echo = program_find("echo", NULL, NULL);
	p->empty = program_find("empty", NULL, NULL);
	if (!p->echo || !p->empty)
		return error_set(err, ERR_INTERNAL, "echo and empty are not beside bench");
	if (start_floor(p, err))
		return -1;
	return floor_only ? 0 : start_dtree(p, err);
}

static void programs_close(void *stage)
{
	struct programs *p = stage;

	dtree_close(&p->dtree);
	floor_chain_free(&p->lines);
	floor_chain_free(&p->runner);
	bare_close(&p->json);
	bare_close(&p->python);
	free(p->echo);
	free(p->empty);
}

static int dtree_lines(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct programs *p = stage;

	return load_round_trips(&p->dtree, &request_line, LINES, row->batch, s, err);
}

static int floor_lines_trip(void *stage, const struct row *row, struct samples *s,
                            struct error *err)
{
	struct programs *p = stage;

	return floor_round_trips(&p->lines, row->batch, s, err);
}

static int dtree_json(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct programs *p = stage;

	return load_rate(&p->dtree, &request_exec, JSON, FLOOD, row->window, row->batch, s, err);
}

static void write_echo(struct buffer *out, size_t number)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\","
	              "\"params\":{\"args\":[\"1\",\"1\"],\"node\":2,\"timeout_ms\":10000}}\n",
	              number);
}

static int bare_json(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct programs *p = stage;

	return bare_flood(&p->json, write_echo, "\"result\":\"1\"", FLOOD, row->window, s, err);
}

static int dtree_python(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct programs *p = stage;

	return load_rate(&p->dtree, &request_get, PYTHON, COUNTS, row->window, row->batch, s, err);
}

static void write_counter(struct buffer *out, size_t number)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\",\"params\":"
	              "{\"args\":[\"get\",\"x\"],\"node\":3,\"timeout_ms\":10000}}\n",
	              number);
}

static int bare_python(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct programs *p = stage;

	return bare_flood(&p->python, write_counter, "\"result\": 0", COUNTS, row->window, s, err);
}

static int dtree_runs(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct programs *p = stage;

	return load_rate(&p->dtree, &request_none, RUN, RUNS, row->window, row->batch, s, err);
}

static int floor_runs_row(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct programs *p = stage;

	return floor_runs(&p->runner, RUNS, row->window, s, err);
}

static const struct row rows[] = {
    {"lines: an echo in C, depth 1",
     UNIT_US,
     dtree_lines,
     floor_lines_trip,
     {{GOAL_RATIO, 1.15}},
     .quick = 10,
     .full = 100,
     .warm = 2,
     .batch = 50},
    {"json: the same in C, 64 under way",
     UNIT_RATE,
     dtree_json,
     bare_json,
     {{GOAL_SHARE, 0.6}, {GOAL_LEAST, 100000}},
     .quick = 4,
     .full = 30,
     .warm = 1,
     .batch = 1,
     .window = 64},
    {"json: counter.py, 64 under way",
     UNIT_RATE,
     dtree_python,
     bare_python,
     {{GOAL_SHARE, 0.9}},
     .quick = 2,
     .full = 20,
     .warm = 1,
     .batch = 1,
     .window = 64},
    {"run: an empty program, 2 at a time",
     UNIT_RATE,
     dtree_runs,
     floor_runs_row,
     {{GOAL_SHARE, 0.8}},
     .quick = 4,
     .full = 20,
     .warm = 1,
     .batch = 1,
     .window = 8},
};

const struct stage stage_programs = {
    .beside = "floor",
    .size = sizeof(struct programs),
    .open = programs_open,
    .close = programs_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
