/*
 * The controller: node -1. It owns the logical tree, the worker processes, the links to its own
 * children, and every request that is under way. It knows no JSON and no client: src/control opens
 * a session for each asker and is called back once for each request.
 *
 * One thread: everything here runs on the loop that was given. Callbacks come from the loop, never
 * from inside a call. One may ask for more, and may close its own session.
 *
 * Order: one session's requests that name one node are served and answered in their order;
 * requests that name different nodes never wait for each other. A stream has the place of its
 * close.
 */
#ifndef CONTROLLER_CONTROLLER_H
#define CONTROLLER_CONTROLLER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "controller/node/after_ids.h"
#include "controller/node/config.h"
#include "controller/request/types.h"

struct controller;
struct event_log;
struct histogram;
struct metrics;
struct session;
struct slow_log;

/* The strings of the config are borrowed for as long as the controller is there, but for those that
 * controller_reconfigure() may change, which are copied. Starts listening for workers, and takes
 * over those that a former dtreed left behind. */
struct controller *controller_new(struct ev_loop *loop, const struct controller_config *config,
                                  struct error *err);
/*
 * The same controller with other settings: the declared services, the default service, durability,
 * heartbeat, times of requests, the policy of restarts, max_nodes, the grace of ends. All else of
 * the config is not looked at, and all strings are copied. Names in it are known to be good.
 */
void controller_reconfigure(struct controller *c, const struct controller_config *config);
/* Did a request set the heartbeat interval? Then that of the config counts no more. */
bool controller_heartbeat_asked(const struct controller *c);
/*
 * Ends the tree in order: no request is taken any more, those under way may finish, then workers
 * finish and end, leaves first; a process that takes longer than the grace is killed. Then `ended`
 * is called, once. What the registry holds is started again by the next dtreed.
 */
void controller_end(struct controller *c, void (*ended)(void *arg), void *arg);
/*
 * Sessions must be closed before. After controller_end(): ends every worker that is left at once
 * (SIGKILL), waits until all are gone, removes the socket files. Without it, workers are left
 * behind for another dtreed, unless the orphan timeout is 0.
 */
void controller_free(struct controller *c);

/* Is there to be a file of that name in the directory of the links? */
bool controller_expects_file(const struct controller *c, const char *name);
/* Looks whether the files of the links are there, and makes what is gone. false: it cannot now. */
bool controller_check_files(struct controller *c);

/* A session is one asker. Closing it abandons its streams and forgets its callbacks: none comes
 * after. Requests that it had under way run on, unheard. */
struct session *session_open(struct controller *c);
void session_close(struct session *s);
/* Is the next request that the session asks traced? Then its outcome says where it was. */
void session_trace(struct session *s, bool traced);
/* When the bytes came of what it asks from now on: clock_ns(). */
void session_read(struct session *s, uint64_t read);
/* Cancels what the session asked of services and of nodes, but for what goes on by its arg. What
 * changes nodes goes on. */
void session_cancel(struct session *s, bool (*goes_on)(const void *request));

/*
 * The requests. Each calls `done` exactly once (at the latest at its deadline), unless the session
 * is closed before. All bytes given are copied before the function returns.
 */
void controller_create(struct session *s, const struct create_request *request, outcome_fn *done,
                       void *arg);
/* The arguments are in the form of dtree/service.h: each followed by a NUL byte. At a group see
 * exec/pool.h; the outcome's id is that of the node that was chosen, or NODE_CONTROLLER. */
void controller_exec(struct session *s, const struct exec_request *request, outcome_fn *done,
                     void *arg);
/*
 * The same at many nodes at once: at those that are there when it begins, or of them at `root` and
 * below. It begins behind everything that the session asked of one of them, and behind its creates
 * and kills. Nodes that fail are told beside the results of the others.
 */
void controller_exec_all(struct session *s, const struct exec_all_request *request,
                         outcome_fn *done, void *arg);
/* What was said of a node that is there is said anew; see lifecycle/change.h. */
void controller_change(struct session *s, const struct change_request *request, outcome_fn *done,
                       void *arg);
void controller_ping(struct session *s, int id, outcome_fn *done, void *arg);
void controller_pingall(struct session *s, outcome_fn *done, void *arg);
void controller_kill(struct session *s, int id, outcome_fn *done, void *arg);
/* The same where the node and all below it are NODE_UNDECLARED; else ERR_DENIED that names one that
 * is not. */
void controller_kill_undeclared(struct session *s, int id, outcome_fn *done, void *arg);

/* Of a node that is there; see orders.h. start and restart are answered with its pid. */
void controller_start(struct session *s, int id, outcome_fn *done, void *arg);
void controller_stop(struct session *s, int id, outcome_fn *done, void *arg);
void controller_restart(struct session *s, int id, outcome_fn *done, void *arg);
/* The same of many nodes; see order_all.h. */
void controller_order_all(struct session *s, const struct order_all_request *request,
                          outcome_fn *done, void *arg);

/* Answered when the node is what is waited for; see lifecycle/wait.h. The pid is that of its
 * process; 0: it has none. */
void controller_wait(struct session *s, const struct wait_request *request, outcome_fn *done,
                     void *arg);

/* Calls fn with 0 once when all that a former dtreed left is there: it has taken to
 * this one or lives again, or is known not to; and also(arg), how many nodes the caller waits for
 * besides, is 0. Until then it is told each second how many nodes are waited for. What makes no
 * progress for the request timeout is not waited for. */
void controller_when_ready(struct controller *c, ready_also_fn *also, ready_fn *fn, void *arg);
/* Calls fn once, with a reason for people, when a node is given up, as it died too often, while the
 * config has ends_at_give_up. */
void controller_when_given_up(struct controller *c, given_up_fn *fn, void *arg);

/*
 * A large exec in parts; the arguments of its request are not looked at. open answers with a stream
 * and its credit as soon as the node is known to be there. feed takes at most the credit left
 * (more: ERR_LIMIT, nothing taken) and is answered once at least half the window is free again.
 * close is answered as exec is. A stream that failed answers every further feed with the reason,
 * and its close too, which ends it. A stream not of this session: ERR_PARAMS.
 */
void controller_stream_open(struct session *s, const struct exec_request *request, outcome_fn *done,
                            void *arg);
/* The same with all arguments, less than STREAM_WINDOW bytes; what is fed is the standard input of
 * the process that runs with them, and close is its end. Once no more of it is wanted, as the
 * process has ended or closed it, feeds are dropped and answered `ended`. The request has its place
 * by its opening. */
void controller_stream_open_input(struct session *s, const struct exec_request *request,
                                  outcome_fn *done, void *arg);
void controller_stream_feed(struct session *s, uint64_t stream, const char *bytes, size_t size,
                            outcome_fn *done, void *arg);
void controller_stream_close(struct session *s, uint64_t stream, outcome_fn *done, void *arg);

/* Cancels the session's request that has `request` as its arg: it is answered ERR_CANCELLED in its
 * place, and its node, if it was sent to one, is told to forget it, and heard. Then this is
 * answered: it is not cancelled where there is no such request, or it has begun and cannot be taken
 * back. */
void controller_cancel(struct session *s, const void *request, outcome_fn *done, void *arg);
/* Bytes that may be fed now; 0 where there is no such stream. */
size_t controller_stream_credit(const struct session *s, uint64_t stream);
/* Gives a stream up: what it brought is forgotten, its node is free of it. */
void controller_stream_abandon(struct session *s, uint64_t stream, outcome_fn *done, void *arg);

/* ns that dtreed waited for a processor before it read that, in clock_ns(); see exec/trace_word.h.
 */
uint64_t controller_waited(const struct controller *c, uint64_t read);
/* How the links are on the way to the node, or with NODE_CONTROLLER all; see exec/diagnose.h. */
void controller_diagnose(struct session *s, int id, outcome_fn *done, void *arg);
/* Answered when what the session asked of the node before is; then controller_view() says what is
 * so. The node need not exist. */
void controller_inspect(struct session *s, int id, outcome_fn *done, void *arg);
/* The same for who then reads the node's log: in a turn of the loop only a few are answered, and
 * what changes the node and was asked behind them waits. */
void controller_inspect_log(struct session *s, int id, outcome_fn *done, void *arg);
/* The tree's heartbeat interval, 1..HEARTBEAT_MAX_MS. It is in force at once; answered when it is
 * recorded for the next dtreed. */
void controller_heartbeat_set(struct session *s, int64_t interval_ms, outcome_fn *done, void *arg);

/* The node of that name, which may be one that is being created: 0, or -1 with ERR_NOT_FOUND. */
int controller_find(const struct controller *c, const char *name, int *id, struct error *err);
/* The node of a group whose turn it is. -1 with ERR_NOT_FOUND or ERR_NODE_UNAVAILABLE. */
int controller_choose(struct controller *c, const char *group, int *id, struct error *err);

/* What can be seen of a node. Strings are borrowed until the loop turns. */
struct node_view {
	int id;
	int parent;        /* in the tree */
	int link;          /* the upper end of its link now: -1 or a node */
	pid_t pid;         /* 0: it has no process */
	const char *name;  /* NULL: it has none */
	const char *group; /* NULL: it is in none */
	const char *state; /* see node_state_name() */
	const char *service;
	size_t depth;
	uint32_t incarnation; /* which life, from 1 */
	int64_t age_ms;       /* since its process was started */
	uint64_t requests;    /* sent to it so far */
	size_t pending;       /* of them, not answered yet */
	const char *cause;    /* of death, or why its start failed; "" while it lives */
	int64_t retry_ms;     /* until its start is tried (again); -1: it is not to be */
	const char *restart;  /* its policy */
	enum node_declared declared;
	const char *declared_name; /* "no", "yes", "undeclared" */
	unsigned restarts;         /* so far */
	bool outdated;       /* its process runs another program than a start of it would now */
	const char *on_hang; /* what is done when it hangs: "report", "restart" */
	const struct node_after *after;       /* it is started after these */
	bool waits;                           /* for those of them that controller_waits() names */
	int64_t hang_timeout_ms;              /* after which silence */
	const struct program_report *program; /* what it said; NULL: it has none, or said nothing */
};
typedef void node_fn(void *arg, const struct node_view *view);
/* Every node, parents before children, children in their order. */
void controller_each_node(const struct controller *c, node_fn *fn, void *arg);
/* One node: 0, or -1 with ERR_NOT_FOUND. */
int controller_view(const struct controller *c, int id, struct node_view *view, struct error *err);
/* Does the start of node `id` wait for node `other` now? */
bool controller_waits(const struct controller *c, int id, int other);
/* The file with what its program has said (wire/log_ring.h), which need not be there. New memory;
 * NULL: there is no such node. */
char *controller_log_path(const struct controller *c, int id);

typedef void service_fn(void *arg, const struct declared_service *service);
/* The services that a node may have: the built-in ones, then those that are declared. */
void controller_each_service(const struct controller *c, service_fn *fn, void *arg);
/* Is there a node of that service? */
bool controller_uses_service(const struct controller *c, const char *name);

/* How many nodes the limits of descriptors (NODE_DESCRIPTORS for each) and of threads (four for
 * each, at the most) leave room for. */
size_t controller_room(const struct controller *c);

struct controller_view {
	const char *services_dir; /* with a file for each declared service; NULL: there are none */
	const char *topology;
	const char *service;
	int64_t heartbeat_ms;
	int64_t request_timeout_ms;
	size_t nodes;
	size_t unavailable;
	size_t outdated; /* as of a node_view */
	size_t pending;  /* requests under way */
	size_t sessions;
	size_t max_nodes;
	int64_t uptime_ms;
};
void controller_view_self(const struct controller *c, struct controller_view *view);

/* Requests that took long (controller/request/slow_log.h); NULL: they are not kept. */
const struct slow_log *controller_slow(const struct controller *c);

/* Requests that were answered (controller/request/metrics.h); owned by the controller. */
const struct metrics *controller_metrics(const struct controller *c);

/* Nodes by state: every state, also those of no node. */
#define STATES_MAX ((size_t)16)
struct state_counts {
	size_t count;
	struct {
		const char *name; /* static: see node_state_name() */
		size_t nodes;
	} items[STATES_MAX];
};

/* What is there now. */
struct controller_counts {
	int64_t uptime_ms;
	struct state_counts states;
	size_t requests;      /* under way */
	size_t request_bytes; /* of their arguments */
	size_t sessions;
	size_t sent;    /* requests that nodes have, or that are on their way */
	size_t queues;  /* nodes at which requests wait for room in a window */
	size_t streams; /* open ones */
};
void controller_count(const struct controller *c, struct controller_counts *counts);

/* What is measured of a node, as in a node_view. */
struct node_measure {
	int id;
	int parent;
	pid_t pid;
	const char *name;
	const char *state;
	const char *service;
	uint64_t requests;
	size_t pending;
	unsigned restarts;
	const struct histogram *took; /* requests of clients that it was sent; borrowed */
};
typedef void measure_fn(void *arg, const struct node_measure *measure);
/* One node: 0, or -1 with ERR_NOT_FOUND. */
int controller_measure(const struct controller *c, int id, struct node_measure *measure,
                       struct error *err);
/* At most so many of all nodes, by age; `after`: 0, or what the call before gave. Gives 0 when they
 * were the last. A node that is there all the time is told once, whatever comes and goes. */
uint64_t controller_measure_some(const struct controller *c, uint64_t after, size_t most,
                                 measure_fn *fn, void *arg);

/* The log of events; owned by the controller. */
struct event_log *controller_events(const struct controller *c);

#endif
