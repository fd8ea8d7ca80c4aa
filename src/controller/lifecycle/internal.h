/* What the files of lifecycle share, and no others. */
#ifndef CONTROLLER_LIFECYCLE_INTERNAL_H
#define CONTROLLER_LIFECYCLE_INTERNAL_H

#include "controller/lifecycle/lifecycle.h"
#include "controller/node/restart_policy.h"
#include "tree/topology.h"

struct lifecycle {
	const struct topology *topology; /* static */
	enum restart_policy restart;     /* of a node whose creator says nothing */
	size_t room;                     /* nodes, by the limits of the system */
	int64_t started;                 /* clock_ms() */
	int log_level;                   /* an enum log_level, that workers were told */

	struct worker_log *worker_log;
	struct processes *processes;
	struct reaper *reaper;
	struct remains *remains;
	struct fork_server *fork_server; /* NULL: every worker is started from its program */
	struct data_dirs *data_dirs;
	struct remover *remover; /* of nodes' directories; made by terminate.c */

	/* What the registry's head says; see head.h. */
	char *boot;  /* which life of the machine */
	char *place; /* which state directory */
	uint32_t last_incarnation;
	int64_t heartbeat_asked; /* as a request set it; -1: none did */

	uint64_t last_order; /* of the edits of the tree */
	uint64_t tree_found; /* the topology was found kept after so many of them */

	bool leaving; /* the tree's processes are ending: none is created or killed any more */

	/* Each belongs to the file that is named, and its struct is defined there. */
	struct start_queue *start_queue;  /* start_queue.c */
	struct departures *departures;    /* terminate.c */
	struct revivals *revivals;        /* revive.c */
	struct give_up *give_up;          /* give_up.c */
	struct shutdown *shutdown;        /* shutdown.c; NULL: the tree does not end */
	struct catalog *catalog;          /* catalog.c */
	struct ready *ready;              /* ready.c; NULL: no caller waits for it */
	struct order_round *order_rounds; /* order_all.c */
	struct waits *waits;              /* wait.c */
};

#endif
