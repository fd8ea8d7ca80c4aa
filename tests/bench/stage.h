/*
 * A stage is the set-up of some rows: its processes are started for it and end with it, so that
 * none of one stage runs while another is measured. A row is a line of the table. To add a line,
 * add a row to its stage; to add a stage, add a line to the table in bench.c.
 */
#ifndef BENCH_STAGE_H
#define BENCH_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "goal.h"
#include "stats.h"

struct row;

/* Adds row->batch samples, in the row's unit. `stage` is what the stage opened. */
typedef int side_fn(void *stage, const struct row *row, struct samples *samples, struct error *err);

struct row {
	const char *name;
	enum unit unit;
	side_fn *dtree;
	side_fn *floor; /* NULL: none */
	struct goal goals[GOAL_MAX];
	unsigned quick; /* rounds of a quick run; 0: not in it */
	unsigned full;  /* of a full one */
	unsigned warm;  /* rounds before them that do not count */
	size_t batch;   /* samples of a round */
	/* What the stage makes of them: */
	size_t depth;  /* of the node that is asked */
	size_t window; /* requests under way */
};

struct stage {
	const char *beside;       /* the other side: "floor", or a peer */
	const char *const *needs; /* programs of the peer, up to a NULL; NULL: none */
	size_t size;              /* of its state, which is zero at first */
	/* Without dtree where floor_only is set, and then only if a row has a floor. On failure,
	 * too, it is closed. */
	int (*open)(void *stage, bool floor_only, struct error *err);
	void (*close)(void *stage);
	const struct row *rows;
	size_t row_count;
};

extern const struct stage stage_links;    /* requests along links, and starts */
extern const struct stage stage_settings; /* traces, slow requests, links over TCP */
extern const struct stage stage_instructions;
extern const struct stage stage_death;      /* of workers */
extern const struct stage stage_rehoming;   /* around a dead interior node */
extern const struct stage stage_controller; /* the death of dtreed */
extern const struct stage stage_many;       /* a thousand nodes */
extern const struct stage stage_growth;     /* cost by the number of nodes */
extern const struct stage stage_memory;
extern const struct stage stage_data;     /* long arguments, data on disk */
extern const struct stage stage_backup;   /* of dictionaries */
extern const struct stage stage_reload;   /* of a configuration */
extern const struct stage stage_programs; /* of the user's as services */
extern const struct stage stage_services; /* nodes with programs, beside others */
extern const struct stage stage_input;    /* standard input of a process */
extern const struct stage stage_gearman;
extern const struct stage stage_gearman_runs;
extern const struct stage stage_gearman_shared;
extern const struct stage stage_parallel;
extern const struct stage stage_redis;
extern const struct stage stage_erlang;
extern const struct stage stage_supervisor;

#endif
