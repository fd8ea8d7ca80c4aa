/*
 * A node as the controller sees it, and the table of them. A node is in the table from the start of
 * its process until it is killed or its creation failed; dead nodes stay.
 *
 * Two trees run through the nodes: the logical one (struct tree, by id), which users see, and the
 * links as they are at this moment (`up`, `kids`), by which messages travel. The links mend towards
 * the logical tree: where no node has changed its place there lately, a node's upper link ends are
 * its logical ancestors.
 */
#ifndef CONTROLLER_NODE_NODE_H
#define CONTROLLER_NODE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/histogram.h"
#include "base/log_fact.h"
#include "controller/node/after_ids.h"
#include "controller/node/life.h"
#include "controller/node/link_state.h"
#include "controller/node/on_hang.h"
#include "controller/node/restart_policy.h"
#include "controller/process/process.h"
#include "controller/registry/registry.h"
#include "controller/request/lane.h"
#include "controller/request/types.h"
#include "link/peer_name.h"
#include "loop/timer.h"

struct controller;
struct node_label;
struct node_program;
struct request;
struct held;

/* The process of its present life, or of its last one. Owned by lifecycle/launch.c, and where it is
 * taken over by lifecycle/adopt.c. */
struct node_worker {
	struct process *process; /* owned by processes; NULL: there is none */
	pid_t pid;
	bool promised;   /* it has its descriptors; see node_promise() */
	int64_t started; /* clock_ms() */
	char *word;      /* why it ends before it is ready, if it does; see lifecycle/last_word.h */
};

/* When its process was made and joined, in its last start, and when one ended on order: clock_ns();
 * 0: it did not. Owned by lifecycle/life_times.c, for traces. */
struct start_times {
	uint64_t begun;
	uint64_t made;
	uint64_t let_go; /* its row was written */
	uint64_t joined;
	uint64_t kept; /* and the one that says that it joined: of the first life */
	uint64_t failed;
};
struct end_times {
	uint64_t ordered;
	uint64_t recorded; /* or that was not waited for any longer */
	uint64_t released; /* what it was asked before was answered */
	uint64_t gone;     /* the last process */
	size_t processes;
	uint64_t stopped; /* the registry was told that it stays stopped, */
	uint64_t kept;    /* and had written it */
};
struct node_times {
	struct start_times start;
	struct end_times end;
};

/* Its part in a departure. Owned by lifecycle/terminate.c. */
struct node_departure {
	uint64_t id; /* 0: the end of its process was not ordered */
	size_t place;
	bool former; /* a process of a life before is being ended */
};

/* What the registry says of it. Owned by persist.c and lifecycle/placement.c. */
struct node_record {
	enum registry_phase phase;
	uint64_t order; /* among the children of its parent */
};

/* Most nodes have one life, and need none of these. */
struct restart_timers {
	struct controller *controller; /* borrowed */
	struct timer
	    next;         /* LIFE_BACKOFF, unless `revive`; LIFE_RESTARTING: how long it may take */
	struct timer own; /* until its death counts as its own */
};

/* Whether and when another life is to come. Owned by lifecycle/restart.c. */
struct restart {
	enum restart_policy policy;
	enum registry_life recorded;   /* what the next dtreed does with it */
	struct restart_timers *timers; /* owned; NULL: none was used */
	int64_t due;                   /* clock_ms(): when `next` is */
	int64_t joined;                /* clock_ms(): since when this life is up; 0: it is not */
	char *why;                     /* the present start is to fail: why; NULL: it is not */
	int64_t hung_ms;               /* it was killed after such a silence; 0: it was not */
	enum error_code code;          /* of the last start that failed */
	unsigned failures;             /* starts in a row that did not come to a life */
	unsigned deaths;               /* since the last quiet time or start by order */
	unsigned own_deaths;           /* of them, those on record */
	unsigned count;                /* of restarts that joined */
	bool undeclared; /* LIFE_DEAD: its start is due, and its service is not declared */
	bool to_restart; /* LIFE_STOPPING: its next life is started then */
	bool revive;     /* its next life is started once its parent's is there */
	bool slow;       /* its children, which wait for their revival, wait for it no longer */
	bool fresh;      /* its next life does not follow a death: for users it is starting */
	bool ordered;    /* its next life follows the end of the last one in one order */
};

/* A change of parent: LINK_MOVING; see rehome.c. */
struct move {
	uint64_t generation; /* of the new link */
	int64_t ordered;     /* clock_ms(): the last time */
	struct held *held;   /* messages for it and for what is below it; owned */
	unsigned orders;     /* so often */
	int to;
	bool
	    leaving; /* LEAVE was sent: the node sends LEFT as the last message over the old link */
	bool left;   /* it did */
	bool linked; /* the new parent has heard its hello */
};

/* What a node told of its children; see report.c. */
struct node_report {
	uint64_t version; /* the newest that is known */
	bool whole;       /* one of all children is coming in */
};

/* How the node's digest differs from what is expected; see digest.c. */
struct node_digest {
	uint64_t heard;
	uint64_t expected;
	int64_t since; /* clock_ms(); 0: it agrees */
	int backoff;   /* 0: it was not asked about */
};

/* What its process is to read anew. Owned by overlay/reload_word.c. */
struct node_reload {
	uint64_t revision; /* that it has not answered; 0: none */
	int64_t told;      /* clock_ms(): the last time */
	bool is_told;      /* in the list of those that were */
	struct node *prev; /* utlist */
	struct node *next;
};

/* The node in the tree of links: its link to its parent, and those below it. Owned by overlay. */
struct node_link {
	enum link_state state; /* written by node_set_link() */
	bool joined;           /* is it under `up`? One that is dead stays there */
	bool unadopted;        /* from LINK_UNADOPTED on, until it has told of all its children */
	bool ending;           /* unadopted, and its former dtreed may have asked it to finish */
	bool hushed;     /* its parent heard nothing over the link on which it joins, or joined */
	bool named;      /* its parent's report that is coming in names it */
	bool file_gone;  /* its socket's: that was told */
	struct node *up; /* upper end of its link; NULL: the controller */
	struct node *kids;
	struct node *kid_prev; /* utlist */
	struct node *kid_next;
	uint64_t generation; /* of its link; 0: of a former dtreed's, and not heard of yet */
	uint64_t newest;     /* generation of the newest link that it was told to make */
	int published;       /* where its link leads, as an event said */
	struct node_report report;
	struct node_digest digest; /* of a child of the controller */
	unsigned refusals;         /* moves to it that failed, one after the other */
	int64_t steady;            /* clock_ms(): until then it gets no further children */
	struct move move;
	struct node *move_prev; /* utlist, of the moves under way */
	struct node *move_next;
};

/* Its outage: it is dead, silent or orphaned. Owned by overlay/liveness.c. */
struct node_health {
	int64_t since;   /* clock_ms(): when it began; 0: there is none */
	int64_t counted; /* children_clock(): how long it lasts is counted from here */
	int64_t last;    /* ms that the one before lasted; 0: there was none */
	int64_t ended;   /* clock_ms(): when that was over */
	bool recounted;  /* from when the interval was set */
	bool reported;   /* heartbeat_lost was published for it */
	bool listed;     /* among the outages that are not reported */
	struct node *outage_prev;
	struct node *outage_next;
};

/* What is done when it hangs, and how far that is; see overlay/hang.h, which owns it but for the
 * first two. */
struct node_hang {
	enum on_hang policy;
	int64_t timeout_ms;   /* 0: the tree's */
	int64_t since;        /* children_clock(), of LINK_SILENT: the silence began */
	int64_t called;       /* clock_ms(): it was told to come the last time; 0: it was not */
	int64_t called_clock; /* children_clock() then */
	bool over;            /* it was told that it hangs */
};

/* Requests for the node, on their way to it and there; see exec/dispatch.c and exec/sweep.c. */
struct node_traffic {
	struct request *create;  /* borrowed; while it is being created */
	struct request *waiters; /* for a life of it that is coming */
	struct request *sent;    /* the node has them */
	struct window execs;
	struct window pings;
	struct window *waiting; /* those that have, or had, a queue */
	size_t streams;
	size_t inputs;     /* of those in the window, the ones with input */
	uint64_t requests; /* sent so far */
	uint64_t way; /* counts how often what was on its way to or from it may have been lost */
	struct histogram took; /* those of clients that it was sent: until they were told */
	unsigned sessions;     /* that have something in `execs`; a pool is one */
	unsigned sweeps; /* sent over the link of swept_generation since it last answered one */
	uint64_t swept_generation;
};

/* What is called when the life or the link of a node has changed. */
struct node_watch {
	void (*changed)(void *arg, struct node *n);
	void *arg; /* borrowed */
};

struct node {
	int id; /* the key */
	uint32_t incarnation;
	uint32_t data_id;             /* names its directory; see data_dirs.h */
	enum node_life life;          /* written by node_set_life() */
	const char *service;          /* the catalog's: lifecycle/catalog.h */
	char *cause;                  /* of death; NULL: it lives, or died in order */
	enum node_declared declared;  /* written by lifecycle/change.c, once it is there */
	struct node_program *program; /* see program.h, which owns it; NULL: it said nothing */

	struct node_label *label; /* see names.h, which owns it; NULL: neither a name nor a group */

	struct node_worker worker;
	struct node_departure departure;
	struct node_times times;
	struct node_record record;
	struct restart restart;
	struct node_after after;
	struct node_link link;
	struct node_health health;
	struct node_hang hang;
	struct node_reload reload;
	struct node_traffic traffic;
	const struct node_watch
	    *watch;      /* borrowed; NULL: nobody is told. Owned by lifecycle/wait.c */
	uint64_t serial; /* grows from one node of the table to the next */
	UT_hash_handle hh;
};

static inline void node_tell_changed(struct node *n)
{
	if (n->watch)
		n->watch->changed(n->watch->arg, n);
}

/* A pidfd, a link, and the link that takes its place: whatever happens to other nodes, it may come
 * to be linked to us, and to any other process of the tree, whose limit is the same. */
#define NODE_DESCRIPTORS ((size_t)3)
/* Promises them for as long as the node is there, once. ERR_LIMIT: there are not so many. */
int node_promise(struct node *n, struct error *err);
void node_free(struct node *n);
/* No timer of it calls any more. */
void node_stop_timers(struct node *n);
/* Does its next life, or the end of its start, come by a timer? */
bool node_is_timed(const struct node *n);
/* Of death, copied; "": none. */
void node_set_cause(struct node *n, const char *cause);
const char *node_cause(const struct node *n);
/* What users call it, and the group that it is in; NULL: it has none. */
const char *node_name(const struct node *n);
const char *node_group(const struct node *n);
/* Comes to the table, behind all others. */
void node_enter(struct controller *c, struct node *n);
struct node *node_find(struct node *table, int id);
/* Is it being created? */
bool node_is_new(const struct node *n);
/* Has its process joined? It is RUNNING, or STOPPING since then. */
bool node_has_joined(const struct node *n);
/* Has it had a life that is over? It has no process, or one that has not joined yet. */
bool node_is_down(const struct node *n);
/* RUNNING, and not silent. One that is orphaned for a moment counts as available: what is for it
 * waits. */
bool node_available(const struct node *n);
/* Is it heard of, whatever was ordered? */
bool node_is_answering(const struct node *n);
/* Is its next life, after the first, about to join? */
bool node_is_restarting(const struct node *n);
/* Is a life of it on its way? Then what is for it waits on its list of waiters. One whose start is
 * to be tried later is not waited for. */
bool node_is_coming(const struct node *n);
/* ms until its start is tried, or tried again; -1: it is not to be. */
int64_t node_retry_ms(const struct node *n);
/* ERR_NODE_UNAVAILABLE: it is neither available nor coming. */
void node_refuse(const struct node *n, struct error *err);
/* Is a life on its way, after the first, of which nothing bad is known? Requests to many nodes wait
 * for such. */
bool node_is_awaited(const struct node *n);
/* Does anything wait for room in a window? */
bool node_has_queue(const struct node *n);
/* "starting", "available", "unavailable", "stopping", "stopped", "restarting", "given_up", "dead"
 */
const char *node_state_name(const struct node *n);
/* Each of them, by number; NULL: there are no more. */
const char *node_state_at(size_t i);
struct peer_name node_peer_name(const struct node *n);
/* The id of the upper end of its link: a node, or NODE_CONTROLLER. */
int node_link_parent(const struct node *n);

/* Hangs the node's link under `up` (NULL: the controller, whose kids are at *top). */
void node_join(struct node *n, struct node *up, struct node **top);
void node_part(struct node *n, struct node **top);
/* Is it, or an upper end of its links, orphaned? */
bool node_unreachable(const struct node *n);
/* The next one after n in the link subtree below `root`, parents first; NULL at the end. */
struct node *node_next_below(const struct node *root, const struct node *n);
/* Nodes from `root` to the lowest one below it by links, both included. */
size_t node_height(const struct node *root);
/* Is `above` equal to n or an upper end of its links? */
bool node_is_above(const struct node *n, const struct node *above);

/* A line about it. It begins with whom it is about, as any other. */
#define node_log(n, level, fact, ...) \
	log_fact(level, fact, \
	         &(struct log_about){.has_node = true, \
	                             .node = (n)->id, \
	                             .service = (n)->service, \
	                             .pid = (n)->worker.pid}, \
	         __VA_ARGS__)

#endif
