/* What the files of the controller share: the one struct controller, and who owns what in it. */
#ifndef CONTROLLER_NODE_CORE_H
#define CONTROLLER_NODE_CORE_H

#include <ev.h>

#include "controller/node/config.h"
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
	struct controller_config config;
	struct data_dirs *data_dirs;     /* owned */
	const struct topology *topology; /* static */
	const char *service;             /* static */
	enum restart_policy restart;     /* of a node whose creator says nothing */
	size_t room;                     /* by the limits of the system */
	int64_t started;

	void *context; /* ZeroMQ's */
	struct children *children;
	struct worker_log *worker_log;
	struct processes *processes;
	struct reaper *reaper;
	struct fork_server *fork_server; /* NULL: every worker is started from its program */
	struct registry *registry;
	char *boot;                /* which life of the machine */
	char *place;               /* which state directory */
	uint64_t controller_epoch; /* which life of the controller, from 1 */
	int64_t heartbeat_asked;   /* as a request set it; -1: none did */
	uint64_t last_order;       /* of the edits of the tree */
	struct requests *requests;
	struct event_log *events;
	struct tree *tree;
	struct node *nodes;
	uint32_t last_incarnation;

	/* Each belongs to the file that is named, and is defined there. */
	struct turn *turn;             /* node/retire.h */
	struct overlay *overlay;       /* overlay/internal.h */
	struct exec *exec;             /* exec/internal.h */
	struct departures *departures; /* lifecycle/terminate.c */
	struct revivals *revivals;     /* lifecycle/restart.c */
	struct shutdown *shutdown;     /* lifecycle/shutdown.c; the tree is ending */
	struct ready *ready;           /* lifecycle/ready.c; NULL: nobody waits for it */
	struct check *check;           /* check.c; NULL: the invariants are not checked */
};

#endif
