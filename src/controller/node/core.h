/* What the files of the controller share: the one struct controller, and who owns what in it. */
#ifndef CONTROLLER_NODE_CORE_H
#define CONTROLLER_NODE_CORE_H

#include <ev.h>

#include "controller/node/node.h"
#include "controller/process/process.h"
#include "controller/process/reaper.h"
#include "controller/process/worker_log.h"
#include "controller/registry/registry.h"
#include "controller/registry/remover.h"
#include "controller/request/request.h"
#include "link/children.h"
#include "loop/deferred.h"
#include "tree/topology.h"
#include "tree/tree.h"

struct controller {
	struct ev_loop *loop; /* borrowed */
	char *runtime_dir;
	char *worker_path;
	char *durability;
	struct statedir *statedir;       /* owned */
	char *endpoint;                  /* where the children of the controller connect */
	const struct topology *topology; /* static */
	const char *service;             /* static */
	int64_t request_timeout_ms;
	enum restart_policy restart; /* of a node whose creator says nothing */
	int64_t restart_delay_max_ms;
	int64_t restart_quiet_ms;
	unsigned restart_limit;
	size_t max_nodes;
	size_t room; /* by the limits of the system */
	int64_t orphan_timeout_ms;
	int64_t stop_grace_ms;
	int64_t started;

	void *context; /* ZeroMQ's */
	struct children *children;
	const struct overlay_handlers *overlay; /* static */
	struct worker_log *worker_log;
	bool files_failing; /* of links, cannot be made: that was told */
	struct processes *processes;
	struct reaper *reaper;
	struct nursery *nursery; /* NULL: every worker is started from its program */
	struct registry *registry;
	char *boot;       /* which life of the machine */
	char *place;      /* which state directory */
	char *lives_path; /* the file of places, base/lock.h; see controller.h */
	int lives;
	uint64_t epoch;            /* which life of the controller, from 1 */
	int64_t heartbeat_asked;   /* as a request set it; -1: none did */
	uint64_t last_order;       /* of the edits of the tree */
	struct departure *leaving; /* owned by terminate.c */
	struct remover *remover;   /* of nodes' directories */
	uint64_t last_departure;
	struct closing *closing; /* the tree is ending; owned by shutdown.c */
	struct pending *pending;
	struct event_log *events;
	struct tree *tree;
	struct node *nodes;
	struct node *top;     /* kids of the controller itself, by links */
	struct node *moves;   /* those with a move under way */
	struct deferred mend; /* moves that are due are ordered */
	ev_timer move_timer;  /* moves that take too long are ordered again */
	uint32_t last_incarnation;

	size_t starting;          /* nodes being created whose link will be to us */
	size_t starts;            /* processes started in this turn of the loop */
	struct task *start_queue; /* creates for the next turn */
	struct node *buried;      /* removed, freed when the loop has turned */
	struct deferred next_turn;

	struct sweep *sweeps; /* owned by sweep.c */
	uint64_t last_sweep;
	ev_timer sweep_look;
	struct round *rounds; /* owned by pingall.c */
	size_t rounds_open;
	struct task *round_waiters; /* pingalls for the next round */
	struct gather *gathers;     /* owned by exec_all.c */
	size_t gathers_open;        /* begun */
	size_t gathered_bytes;
	struct offer *offers; /* large results that wait for memory */
	size_t result_bytes;  /* reserved for large results */

	int64_t heartbeat_ms;
	struct node *outages; /* dead or cut off and not reported, by `counted` */
	ev_timer outage_timer;
	ev_timer recall_timer;    /* those of a former dtreed are told to come */
	size_t recall_left;       /* how many there were the last time */
	ev_timer steady_timer;    /* children may go back to one that was away */
	int64_t steady_next;      /* clock_ms(): when it is due */
	struct deferred revivals; /* nodes of an ended tree may be started */
	bool reviving;            /* some are left */
	void (*quiet)(struct controller *c, struct node *n); /* a stopping one has answered all */
	struct ready *ready; /* owned by ready.c; NULL: nobody waits for it */
};

#endif
