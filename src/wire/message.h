/*
 * The tree message: one frame on a link between two processes of the tree.
 *
 *   0 version   1 type   2 flags (16)   4 hop (16)   6 route length (16)
 *   8 request (64)   16 session (64)   24 deadline (64)   32 value (64)
 *  40 incarnation (32)   44 node (32)   48 serial (64)   56 settled (64)
 *  64 route: ids (32 each), then the payload
 *
 * Numbers are little-endian. Relays look at the header only; they add one to `hop` in place and
 * pass the frame on. Both ends of a link are programs of one version on one machine, so that
 * deadlines can be absolute: a frame that lay in a stopped process does not grow young by it.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MESSAGE_VERSION 2
#define MESSAGE_HEADER  ((size_t)64)

/* No payload is larger; whoever has more sends parts. */
#define MESSAGE_PAYLOAD_MAX ((size_t)256 * 1024)
/* No route is longer: the deepest node that can be reached. */
#define MESSAGE_ROUTE_MAX ((size_t)UINT16_MAX)
/* The largest frame there can be: for ZMQ_MAXMSGSIZE. */
#define MESSAGE_SIZE_MAX (MESSAGE_HEADER + MESSAGE_ROUTE_MAX * 4 + MESSAGE_PAYLOAD_MAX)

/* Types are rows of the table in message.c, where their directions stand. */
enum message_type {
	/* Between the two ends of one link. */
	MSG_HELLO = 1, /* child: here I am; value: link epoch */
	MSG_WELCOME,   /* parent: I know you; value: heartbeat interval in ms, 0 for off */
	MSG_HEARTBEAT, /* child, and the controller to its own: I live; value: a child's digest of
	                * what is below it, see report.h */
	MSG_INTERVAL,  /* parent: new heartbeat interval (value); goes on to every child */

	/* From the controller to one node, along the route. */
	MSG_PING,
	MSG_EXEC,    /* a request begins; payload: argument bytes; FLAG_LAST: all of them */
	MSG_DATA,    /* more argument bytes, from byte `value` on; FLAG_LAST: the last */
	MSG_CANCEL,  /* forget that request */
	MSG_CREDIT,  /* the result may come up to byte `value`; it is here up to byte `session`, and
	              * with  FLAG_AGAIN is to come again from there */
	MSG_SETTLED, /* the answer to that request has arrived */
	MSG_REHOME,  /* value: new link epoch; session: the controller's epoch; payload: endpoint
	                of the new parent */
	MSG_LEAVE,   /* the new link is there: say LEFT; value: its epoch */
	MSG_RESUME,  /* over the new link: the move is done; value: link epoch */
	MSG_FORGET,  /* value: id of a child that is gone; session: its incarnation; request: its
	                link epoch */
	MSG_ADOPT,   /* a new controller is here; value: its epoch; session: its process id */
	MSG_SEEN,    /* the controller knows the children as of report version `value`; session: its
	              * epoch; with FLAG_AGAIN it lacks what changed since; payload: links that the
	              * node is to forget, see report.h */
	MSG_SWEEP, /* a sweep begins here and goes on to every child, but with FLAG_ALONE; request:
	            * its number; value: enum tally_kind; serial: ms that each level has less than
	            * the one above; settled: bytes of a result; payload: argument bytes */

	/* From a node to the controller. `node` and `incarnation` say who speaks. */
	MSG_PONG,
	MSG_TAKEN,   /* value: so many argument bytes of that request are consumed in all */
	MSG_OFFER,   /* value: size of a result too large for one message; parts follow on credit */
	MSG_RESULT,  /* payload: the result, or a part from byte `value` on; FLAG_LAST, FLAG_NONE,
	              * FLAG_REFUSED, FLAG_LATE, FLAG_UNKNOWN */
	MSG_LEFT,    /* the last word over the old link; value: epoch of the new one */
	MSG_ARRIVED, /* over the new link, until RESUME comes: value: its epoch */
	MSG_REPORT,  /* the children, as of version `value`, that changed since version `serial`; 0:
	              * all of them; session: the controller's epoch; FLAG_LAST: nothing changed
	              * since; payload: see report.h */
	MSG_SWEPT,   /* what the node and those below it said to the sweep of that number, each part
	              * merged into the parent's own; payload: a tally, see tally.h; FLAG_LAST */
	MSG_TYPES,
};

enum message_flag {
	FLAG_LAST = 1 << 0,
	FLAG_NONE = 1 << 1,    /* done, no result */
	FLAG_REFUSED = 1 << 2, /* the payload is the service's reason */
	FLAG_LATE = 1 << 3,    /* not started: its deadline had passed, or it was cancelled */
	FLAG_AGAIN = 1 << 4,   /* what was sent before may be lost */
	FLAG_ALONE = 1 << 5,   /* not for the children */
	FLAG_UNKNOWN = 1 << 6, /* it may have been done; the payload is the reason */
};
#define MESSAGE_FLAGS \
	(FLAG_LAST | FLAG_NONE | FLAG_REFUSED | FLAG_LATE | FLAG_AGAIN | FLAG_ALONE | FLAG_UNKNOWN)

enum message_way {
	WAY_LINK, /* ends at the other end of the link */
	WAY_DOWN, /* controller to node, by route */
	WAY_UP,   /* node to controller */
};

struct message {
	enum message_type type;
	unsigned flags;
	uint16_t hop;       /* index of the next id in the route */
	uint16_t route_len; /* ids in the route */
	uint64_t request;
	uint64_t session;
	int64_t deadline; /* clock_ms(); 0: none */
	uint64_t value;
	uint64_t serial;      /* EXEC: its number among all that the node is sent */
	uint64_t settled;     /* EXEC: the answers to all below this serial have arrived */
	uint32_t incarnation; /* which life of `node` is meant, or speaks */
	int32_t node;
	const int32_t *route; /* for message_write; borrowed. message_read leaves it NULL */
	const char *payload;  /* borrowed */
	size_t payload_size;
};

/*
 * Requests and sessions are numbered anew in each life of the controller, above its epoch: so what
 * an earlier one asked is never taken for what this one asks. Epochs are counted from 1; the
 * highest bit of a number stays free.
 */
#define MESSAGE_EPOCH_SHIFT 40
#define MESSAGE_EPOCH_MAX   ((UINT64_C(1) << (63 - MESSAGE_EPOCH_SHIFT)) - 1)

static inline uint64_t message_epoch(uint64_t number)
{
	return number >> MESSAGE_EPOCH_SHIFT;
}

/* Sweeps have numbers of their own in each epoch, above those of requests; they ascend. */
#define MESSAGE_SWEEP (UINT64_C(1) << (MESSAGE_EPOCH_SHIFT - 1))

static inline int message_is_sweep(uint64_t number)
{
	return (number & MESSAGE_SWEEP) != 0;
}

const char *message_name(enum message_type type);
enum message_way message_way(enum message_type type);

/* Bytes that message_write() fills. */
size_t message_size(const struct message *m);
void message_write(const struct message *m, char *bytes);

/*
 * Reads what came from a socket: sizes first, then structure. The payload points into bytes.
 * 0, or -1 with ERR_PARSE for whatever does not add up.
 */
int message_read(const char *bytes, size_t size, struct message *m, struct error *err);

/* Is there a next hop? Then *id is it, and the frame's hop moves on by one. On a frame that
 * message_read() accepted. */
int message_hop(char *bytes, int *id);

/* Ids travel in `value` as their two's complement. */
static inline uint64_t message_from_id(int id)
{
	return (uint64_t)(int64_t)id;
}

static inline int message_to_id(uint64_t value)
{
	return (int)(int64_t)value;
}

#endif
