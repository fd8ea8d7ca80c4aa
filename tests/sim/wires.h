/*
 * Sockets and connections: links.c makes them, pipes.c moves their frames, zmq.c gives these to
 * dtree. Nobody else sees them.
 */
#ifndef SIM_WIRES_H
#define SIM_WIRES_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>
#include <zmq.h>

#include "link/peer_name.h"

/* What is in a zmq_msg_t. */
struct content {
	char *bytes;
	size_t size;
	void *block; /* to be freed; NULL: nothing */
	bool more;
};
_Static_assert(sizeof(struct content) <= sizeof(zmq_msg_t), "it is in there");

struct flight {
	struct content content;
	bool end;            /* no frame: the connection ends here */
	int64_t wire;        /* when it is written */
	int64_t arrival;     /* when it can be read */
	struct flight *prev; /* utlist */
	struct flight *next;
};

/* One direction of a connection. */
struct pipe {
	struct conn *conn;
	struct link_end *from;
	struct link_end *to;
	struct flight *sent;
	struct flight *arrived;
	int64_t last_wire;
	int64_t last_arrival;
	uint64_t pumps;
	bool closed; /* nothing comes any more */
	bool listed; /* among those that its reader reads in turn */
	struct pipe *turn_prev;
	struct pipe *turn_next;
};

enum conn_state {
	CONN_BEGUN, /* the listener has not taken it */
	CONN_OPEN,
	CONN_LOST, /* it found nobody, or has ended */
};

struct conn {
	enum conn_state state;
	char routing[PEER_NAME_SIZE];
	struct link_end *dealer;
	struct link_end *router; /* NULL: it found none */
	struct pipe up;
	struct pipe down;
	bool known;     /* in the router's table */
	char *endpoint; /* owned */
	UT_hash_handle hh;
	struct conn *prev; /* utlist: of the router */
	struct conn *next;
	struct conn *next_of_all;
};

struct link_end {
	struct sim_process *process;
	int type;
	int fd;
	bool closed;
	char *endpoint;               /* a ROUTER's */
	char routing[PEER_NAME_SIZE]; /* a DEALER's */
	struct conn *conn;            /* a DEALER's */
	struct conn *table;           /* a ROUTER's, by routing id */
	struct conn *conns;           /* a ROUTER's, all */
	struct pipe *turns;           /* that have something to read */
	struct conn *target;          /* whom the frame that is being sent is for */
	struct content rest;          /* of what is being read */
	bool has_rest;
	struct link_end *next;          /* of the process */
	struct link_end *after;         /* of all */
	struct link_end *listener_prev; /* utlist, of those that are bound */
	struct link_end *listener_next;
};

/* A socket that the world has from now on. */
void wires_add(struct link_end *end);
/* It listens at its endpoint, in front of who listens there already. */
void wires_bind(struct link_end *end);
/* It connects to its endpoint. */
void wires_connect(struct conn *conn);
void wires_close(struct link_end *end);
/* A frame leaves; taken. */
void wires_send(struct pipe *pipe, const struct content *content);
/* The next frame, in turn, of a socket that has one; and from whom. */
void wires_take(struct link_end *end, struct content *content, struct conn **from);
void content_free(struct content *content);

#endif
