/* What requests ask for and what they end in, as the controller and those who ask it share it. */
#ifndef CONTROLLER_REQUEST_TYPES_H
#define CONTROLLER_REQUEST_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/tcp_stall.h"

/* The longest heartbeat interval: a day. */
#define HEARTBEAT_MAX_MS 86400000
/* The longest silence that is allowed to a node: a day. */
#define HANG_TIMEOUT_MAX_MS 86400000
/* The longest time that is given to one request: a day. */
#define REQUEST_TIMEOUT_MAX_MS 86400000

/* Bytes of arguments that one stream may have under way: its credit at the start. */
#define STREAM_WINDOW ((size_t)256 * 1024)
/* Open streams of one session. */
#define SESSION_STREAMS 64

/* Where a node comes from. */
enum node_declared {
	NODE_BY_HAND,    /* a request made it */
	NODE_DECLARED,   /* the configuration declares it */
	NODE_UNDECLARED, /* the configuration declared it, and does no longer */
};

/* What a node is given by who makes it, and may be given anew while it is there. Strings are
 * borrowed for the call. */
struct node_settings {
	const char *restart; /* "no", "on-failure", "always"; NULL: the tree's default */
	const char *name;    /* in the form of node/names.h; NULL: none */
	const char *group;   /* the same */
	enum node_declared declared;
	const char *on_hang;     /* "report", "restart"; NULL: what the tree does */
	int64_t hang_timeout_ms; /* 1..HANG_TIMEOUT_MAX_MS; 0: the tree's */
	const int *after;        /* it is started after these: see node/after.h */
	size_t after_count;
};

/* See controller_create(). */
struct create_request {
	int id;
	bool has_parent;
	int parent;          /* NODE_CONTROLLER or an id */
	const char *service; /* NULL: the tree's default */
	struct node_settings settings;
};

/* A bit for each thing that can be changed of a node that is there. */
enum node_change {
	CHANGE_PARENT = 1 << 0,
	CHANGE_RESTART = 1 << 1,
	CHANGE_NAME = 1 << 2,
	CHANGE_GROUP = 1 << 3,
	CHANGE_DECLARED = 1 << 4,
	CHANGE_ON_HANG = 1 << 5,
	CHANGE_HANG_TIMEOUT = 1 << 6,
	CHANGE_AFTER = 1 << 7,
};

/* See controller_change(). */
struct change_request {
	int id;
	unsigned what; /* enum node_change: what is given; all else stays as it is */
	int parent;    /* NODE_CONTROLLER or an id; it need not be available */
	struct node_settings settings;
};

/* How far a request has come: what its node sent, which should be one JSON object; borrowed. */
typedef void progress_fn(void *arg, const char *json, size_t size);

/* See controller_exec(). */
struct exec_request {
	int id;
	const char *group; /* NULL: `id`; else one of that group */
	const char *args;  /* each with a NUL behind it; borrowed for the call */
	size_t size;
	int64_t timeout_ms;    /* 0: the configured one; else at most REQUEST_TIMEOUT_MAX_MS */
	bool unordered;        /* it is answered when it is ready, in no order with others */
	progress_fn *progress; /* called with `arg` meanwhile; NULL: not wanted */
	const char
	    *traceparent; /* as traceparent_read() gives it; borrowed for the call; NULL: none */
};

/* See controller_exec_all(). */
struct exec_all_request {
	bool has_root;
	int root;
	const char *reduce; /* "list", "count", "sum", "min", "max"; NULL: "list" */
	const char *args;   /* at most EXEC_ALL_BYTES, else ERR_LIMIT */
	size_t size;
	int64_t timeout_ms;      /* as in struct exec_request */
	const char *traceparent; /* the same */
};
#define EXEC_ALL_BYTES ((size_t)256 * 1024)

/* What one node said to exec_all. */
struct node_word {
	int id;
	const struct error *error; /* NULL: it did it */
	const char *result;        /* list: NULL for none */
	size_t size;
};

/* What all of them did. */
struct exec_all_result {
	const struct node_word *words; /* ascending by id; not listed: only those that failed */
	size_t word_count;
	bool listed;
	size_t count;  /* of those that did it */
	bool valued;   /* not listed: is there a value? */
	int64_t value; /* that of the reduction */
};

struct visit;

/* Where a traced request was. Borrowed for the call. */
struct outcome_trace {
	uint64_t request;           /* its number in this life of dtreed, from 1 */
	const struct visit *visits; /* NULL: it was not traced; else the first is dtreed's own */
	size_t count;
};

/* What is ordered of a node that is there. */
enum order { ORDER_START, ORDER_STOP, ORDER_RESTART };

/* Nodes of an order to many that are under way at once: unless it says otherwise, and at the most.
 */
#define ORDER_AT_ONCE     4
#define ORDER_AT_ONCE_MAX 64

/* See controller_order_all(). */
struct order_all_request {
	enum order order;
	bool has_root; /* only the node `root` and all below it */
	int root;
	size_t at_once; /* 0: ORDER_AT_ONCE */
};

/* What became of one node. */
struct order_word {
	int id;
	pid_t pid;                 /* ORDER_STOP: 0 */
	const struct error *error; /* NULL: it was done */
};

/* What became of all of them: each ascending by id. */
struct order_all_result {
	const struct order_word *words;
	size_t word_count;
	const int *left; /* of them nothing was asked, as one before them failed */
	size_t left_count;
};

/* See controller_wait(). */
struct wait_request {
	int id;
	const char *what;   /* "available", "dead", "removed"; NULL: "available" */
	int64_t timeout_ms; /* 0: for as long as its session is open */
};

/* How a node's link to its parent is; see exec/diagnose.h. */
struct diagnosed_link {
	int id;
	int parent;        /* NODE_CONTROLLER or a node: where the link leads now */
	const char *state; /* of the node, as in a node_view */
	bool available;
	bool tcp;
	size_t pings; /* that were answered; these times are from here to the node and back: */
	int64_t median_us;
	int64_t p99_us;
	int64_t own_us;   /* how much more than to the parent */
	size_t under_way; /* requests, and of how many at the most */
	size_t under_way_max;
	size_t bytes; /* of them, and at the most */
	size_t bytes_max;
	bool waits;        /* more wait for room */
	uint64_t resends;  /* how often what was on its way may have been lost */
	int64_t outage_ms; /* the present outage, or the last one; 0: there was none */
	bool outage_lasts;
	int64_t outage_ended_ms;          /* ago */
	bool seen;                        /* the kernel knows both ends of it: TCP */
	struct tcp_end lower;             /* the node's */
	struct tcp_end upper;             /* the other one */
	unsigned stalls_up[TCP_STALLS];   /* causes of late answers: of what the node sent */
	unsigned stalls_down[TCP_STALLS]; /* and of what it was sent */
};

struct diagnosis {
	const struct diagnosed_link *links; /* parents before children */
	size_t count;
	const char *refused; /* over TCP: why the kernel tells nothing of it; NULL: it tells */
};

/* How a request ended. Everything pointed to is borrowed for the call. */
struct outcome {
	struct error error;  /* code ERR_NONE: it was done */
	int id;              /* the node */
	int parent;          /* create: where it was put; change: where it is */
	unsigned changed;    /* change: enum node_change */
	pid_t pid;           /* create, start, restart */
	bool available;      /* ping */
	int64_t interval_ms; /* heartbeat_set */
	const int *ids; /* pingall: the unavailable, ascending; kill: the removed, parents first */
	size_t id_count;
	const char *result; /* exec: NULL for none */
	size_t result_size;
	const char
	    *detail; /* of ERR_SERVICE: as the node sent it, see wire/refusal.h; NULL: none */
	size_t detail_size;
	const struct exec_all_result *exec_all; /* exec_all */
	const struct diagnosis *diagnosis;      /* diagnose */
	const struct order_all_result *ordered; /* order_all */
	uint64_t stream; /* stream_open: its number, from 1, unique in the controller's life */
	size_t credit;   /* stream_open, stream_feed: bytes that may be fed behind it */
	bool ended;      /* stream_feed: no more is wanted, and what is fed is dropped */
	bool cancelled;  /* cancel */
	struct outcome_trace trace;
};
typedef void outcome_fn(void *arg, const struct outcome *outcome);

/* See controller_when_given_up(). */
typedef void given_up_fn(void *arg, const char *why);

/* See controller_when_ready(). */
typedef void ready_fn(void *arg, size_t left);
typedef size_t ready_also_fn(void *arg);

#endif
