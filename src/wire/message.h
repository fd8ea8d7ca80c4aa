/*
 * The tree message: one frame on a link between two processes of the tree.
 *
 *   0 version   1 type   2 flags (16)   4 hop (16)   6 route length (16)
 *   8 the number of the request, or zero   16, 24, 32 fields of the type (64 each)
 *  40 incarnation (32)   44 node (32)   48, 56 fields of the type (64 each)
 *  64 route: ids (32 each), then with FLAG_PARENT a traceparent, then the payload
 *
 * Numbers are little-endian. The row of a type in message.c gives the place of each of its fields;
 * places without a field are zero and are not read. Relays read the header only; they add one to
 * `hop` in place and pass the frame on. Both ends of a link are programs of one version on one
 * machine, so deadlines are absolute: time in a stopped process counts.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/traceparent.h"
#include "wire/bytes.h"

#define MESSAGE_VERSION 5
#define MESSAGE_HEADER  ((size_t)64)

/* No payload is larger; more is sent in parts. */
#define MESSAGE_PAYLOAD_MAX ((size_t)256 * 1024)
/* No route is longer: the deepest node that can be reached. */
#define MESSAGE_ROUTE_MAX ((size_t)UINT16_MAX)
/* The largest frame there can be: for ZMQ_MAXMSGSIZE. */
#define MESSAGE_SIZE_MAX \
	(MESSAGE_HEADER + MESSAGE_ROUTE_MAX * 4 + TRACEPARENT_SIZE + MESSAGE_PAYLOAD_MAX)

/* Types are rows of the table in message.c, which has their directions. The struct of a type's name
 * below holds what it carries beside the header. Those of nodes have numbers of their own, so that
 * a type can be added at the end of either direction; no type has a number in between. */
enum message_type {
	/* Between the two ends of one link. */
	MSG_HELLO = 1, /* child: opens the link */
	MSG_WELCOME,   /* parent: answers HELLO */
	MSG_HEARTBEAT, /* child to parent, and the controller to its own children */
	MSG_INTERVAL,  /* parent: a new heartbeat interval, which is passed on to every child */

	/* From the controller to one node, along the route. */
	MSG_PING,
	MSG_EXEC,   /* a request begins; payload: argument bytes; FLAG_LAST: all of them; FLAG_INPUT
	             */
	MSG_DATA,   /* more argument bytes, or input; FLAG_LAST: the last */
	MSG_CANCEL, /* forget that request */
	MSG_CREDIT, /* more of the result may be sent; FLAG_AGAIN: send again what has not arrived
	             */
	MSG_SETTLED, /* the answer to that request has arrived */
	MSG_REHOME,  /* move to another parent; payload: its endpoint */
	MSG_LEAVE,   /* the new link is up: send LEFT */
	MSG_RESUME,  /* over the new link: the move is done */
	MSG_FORGET,  /* a link of a child is over */
	MSG_ADOPT,   /* a new controller has started */
	MSG_SEEN,    /* the controller knows the children as of a version; with FLAG_AGAIN it lacks
	                later changes; payload: links that the node must forget, see report.h */
	MSG_SWEEP,   /* begins a sweep, which is passed on to every child unless FLAG_ALONE is set;
	                payload: argument bytes */
	MSG_PROGRAM_SEEN, /* the controller knows of the program as of a version */
	MSG_RELOAD,       /* what it runs, and how much it logs, may be another from now on */

	/* From a node to the controller. `node` and `incarnation` name the sender. */
	MSG_PONG = 32,
	MSG_TAKEN,   /* argument bytes, or input, of that request are consumed; FLAG_LAST: no more
	                of its input is wanted */
	MSG_OFFER,   /* the result is too large for one message; parts follow on credit */
	MSG_RESULT,  /* payload: the result, or a part of it; FLAG_LAST, FLAG_NONE, FLAG_REFUSED,
	              * FLAG_LATE, FLAG_UNKNOWN */
	MSG_LEFT,    /* the last message over the old link */
	MSG_ARRIVED, /* over the new link, until RESUME comes */
	MSG_REPORT,  /* the children that changed since a version; FLAG_LAST: nothing changed since;
	              * payload: see report.h */
	MSG_SWEPT, /* the answers of the node and those below it to the sweep of that number, which
	              each parent merges; payload: a tally, see tally.h; FLAG_LAST */
	MSG_PROGRAM,  /* its program as of a version; payload: see program_report.h */
	MSG_EVENT,    /* its program said that something has happened; payload: the same */
	MSG_PROGRESS, /* how far a request has come; payload: one JSON object; may be lost */
	MSG_TRACE,    /* where a request with FLAG_TRACED was at that node, just before its answer;
	                 payload: see steps.h */
	MSG_RELOADED, /* it has read that; FLAG_REFUSED: it keeps what it has; payload: why */
	MSG_TYPES,
};

enum message_flag {
	FLAG_LAST = 1 << 0,
	FLAG_NONE = 1 << 1,    /* done, no result */
	FLAG_REFUSED = 1 << 2, /* the payload is the service's reason */
	FLAG_LATE = 1 << 3,    /* not started: its deadline had passed, or it was cancelled */
	FLAG_AGAIN = 1 << 4,   /* an earlier message may be lost */
	FLAG_ALONE = 1 << 5,   /* not for the children */
	FLAG_UNKNOWN = 1 << 6, /* it may have run; the payload is the reason */
	FLAG_INPUT = 1 << 7,   /* EXEC: all its arguments; what comes as DATA is standard input */
	FLAG_TRACED = 1 << 8, /* PING, EXEC, SWEEP and their answers: each node on the way says when
	                         it had it, with TRACE */
	FLAG_PARENT = 1 << 9, /* EXEC, SWEEP: in a frame only; it is `traceparent` in the struct */
};
#define MESSAGE_FLAGS \
	(FLAG_LAST | FLAG_NONE | FLAG_REFUSED | FLAG_LATE | FLAG_AGAIN | FLAG_ALONE | \
	 FLAG_UNKNOWN | FLAG_INPUT | FLAG_TRACED)

enum message_way {
	WAY_LINK, /* ends at the other end of the link */
	WAY_DOWN, /* controller to node, by route */
	WAY_UP,   /* node to controller */
};

/*
 * What each type carries, by its name. A field is of one of these types: uint64_t, int64_t,
 * uint32_t, int. Deadlines are clock_ms(), 0 for none. Types that are not here carry no more than
 * the header and, where they belong to a request, its number.
 */
struct msg_hello {
	uint64_t link_generation;
};

struct msg_welcome {
	int64_t interval_ms; /* of heartbeats; 0: off */
};

struct msg_heartbeat {
	union {
		uint64_t digest;     /* a child's, of the nodes below it: see report.h */
		int64_t interval_ms; /* the controller's */
	};
	int64_t late_ms; /* a child's: how long it had to wait for a processor */
};

struct msg_interval {
	int64_t interval_ms; /* 0: off */
};

struct msg_exec {
	uint64_t session;
	int64_t deadline;
	uint64_t serial;  /* its number among all requests that were sent to the node */
	uint64_t settled; /* the answers to all below this serial have arrived */
	uint64_t came;    /* clock_ns(): when its node got it; not in a frame; 0: not known */
};

struct msg_data {
	uint64_t offset; /* of the payload in the arguments, or in the input */
	uint64_t session;
	int64_t deadline; /* this and the next as in its EXEC; not in a stream, but with the last
	                     of its input */
	uint64_t serial;
	uint64_t settled;
};

struct msg_credit {
	uint64_t here;  /* bytes of the result that have arrived */
	uint64_t limit; /* bytes that may come in all */
};

struct msg_rehome {
	uint64_t link_generation; /* of the new link */
	uint64_t controller_epoch;
};

struct msg_leave {
	uint64_t link_generation; /* of the new link */
};

struct msg_resume {
	uint64_t link_generation; /* of the new link */
};

struct msg_forget {
	int id;
	uint32_t incarnation;
	uint64_t link_generation; /* this one, and older ones */
};

struct msg_adopt {
	uint64_t controller_epoch;
	int pid; /* the controller's process */
};

struct msg_seen {
	uint64_t version;
	uint64_t controller_epoch;
};

struct msg_sweep {
	uint64_t session;
	int64_t deadline;
	uint32_t kind;    /* an enum tally_kind, if it is below TALLY_KINDS */
	uint32_t newest;  /* incarnation: lives that began later are not asked */
	uint64_t step_ms; /* each level has so much less time than the one above it */
	uint64_t most;    /* bytes of a listed result */
};

struct msg_taken {
	uint64_t bytes; /* in all */
};

struct msg_offer {
	uint64_t size;
};

/* When a node did what it was asked: clock_ns(), which all processes of a machine share. */
struct msg_stamps {
	uint64_t received; /* its first message */
	uint64_t begun;    /* by the service */
	uint64_t ended;
	uint64_t answered; /* after the commit */
};

struct msg_pong {
	struct msg_stamps at;
};

struct msg_result {
	uint64_t offset; /* of a part */
	struct msg_stamps at;
};

struct msg_trace {
	uint64_t in;   /* clock_ns(): when the request came */
	uint64_t left; /* it had left for a child; 0: it went no further */
	uint64_t back; /* the answer came from there; 0: it did not */
	uint64_t out;  /* the answer left */
	uint32_t pid;
};

struct msg_left {
	uint64_t link_generation; /* of the new link */
};

struct msg_arrived {
	uint64_t link_generation; /* of the new link */
};

struct msg_report {
	uint64_t version; /* of the children, with the changes in the payload */
	uint64_t since;   /* the version before the changes; 0: the payload has all children */
	uint64_t controller_epoch;
};

struct msg_program_seen {
	uint64_t version;
	uint64_t controller_epoch;
	uint32_t renew; /* the process of the program that is to be started anew, as it has failed
	                   its probe; 0: none */
};

struct msg_reload {
	uint64_t revision; /* of what the controller has read; ascends */
	uint64_t controller_epoch;
	uint32_t log_level; /* an enum log_level, if it is known */
};

struct msg_reloaded {
	uint64_t revision; /* this one, and older ones */
	uint64_t controller_epoch;
};

struct msg_program {
	uint64_t version; /* ascends in a life of the node */
};

struct msg_event {
	uint64_t number; /* among all that the program has said in a life of the node, from 1 */
};

struct message {
	enum message_type type;
	unsigned flags;
	uint16_t hop;         /* index of the next id in the route */
	uint16_t route_len;   /* ids in the route */
	uint32_t incarnation; /* the life of `node`, receiver or sender */
	int32_t node;
	uint64_t request;        /* number of its request or sweep; else 0 */
	const int32_t *route;    /* for message_write; borrowed. message_read leaves it NULL */
	const char *traceparent; /* EXEC, SWEEP: TRACEPARENT_SIZE bytes; NULL: none; borrowed */
	const char *payload;     /* borrowed */
	size_t payload_size;
	union { /* that of the type */
		struct msg_hello hello;
		struct msg_welcome welcome;
		struct msg_heartbeat heartbeat;
		struct msg_interval interval;
		struct msg_exec exec;
		struct msg_data data;
		struct msg_credit credit;
		struct msg_rehome rehome;
		struct msg_leave leave;
		struct msg_resume resume;
		struct msg_forget forget;
		struct msg_adopt adopt;
		struct msg_seen seen;
		struct msg_sweep sweep;
		struct msg_taken taken;
		struct msg_offer offer;
		struct msg_pong pong;
		struct msg_result result;
		struct msg_trace trace;
		struct msg_left left;
		struct msg_arrived arrived;
		struct msg_report report;
		struct msg_program_seen program_seen;
		struct msg_reload reload;
		struct msg_reloaded reloaded;
		struct msg_program program;
		struct msg_event event;
	};
};

/*
 * Numbers of requests and sessions begin with the epoch of the controller, so those of an earlier
 * controller differ from those of this one. Epochs are counted from 1; the highest bit of a number
 * stays free.
 */
#define MESSAGE_EPOCH_SHIFT 40
#define MESSAGE_EPOCH_MAX   ((UINT64_C(1) << (63 - MESSAGE_EPOCH_SHIFT)) - 1)

static inline uint64_t message_epoch(uint64_t number)
{
	return number >> MESSAGE_EPOCH_SHIFT;
}

/* What is counted in that epoch, from 1. */
static inline uint64_t message_ordinal(uint64_t number)
{
	return number & ((UINT64_C(1) << MESSAGE_EPOCH_SHIFT) - 1);
}

/* Sweeps have numbers of their own in each epoch, above those of requests; they ascend. */
#define MESSAGE_SWEEP (UINT64_C(1) << (MESSAGE_EPOCH_SHIFT - 1))

static inline int message_is_sweep(uint64_t number)
{
	return (number & MESSAGE_SWEEP) != 0;
}

/* NULL where no type has the number, which is below MSG_TYPES. */
const char *message_name(enum message_type type);
enum message_way message_way(enum message_type type);

/* Bytes that message_write() fills. */
size_t message_size(const struct message *m);
void message_write(const struct message *m, char *bytes);

/*
 * Reads bytes that came from a socket: sizes first, then structure. The payload points into bytes.
 * 0, or -1 with ERR_PARSE for an inconsistent frame.
 */
int message_read(const char *bytes, size_t size, struct message *m, struct error *err);

/* The next two: the type of a frame that message_read() accepted, and the number of its request. */
static inline enum message_type message_type(const char *bytes)
{
	return (enum message_type)(unsigned char)bytes[1];
}

static inline uint64_t message_request(const char *bytes)
{
	return get64(bytes + 8);
}

/* Is there a next hop? Then *id is its id, and the frame's hop advances by one. For a frame that
 * message_read() accepted. */
int message_hop(char *bytes, int *id);

#endif
