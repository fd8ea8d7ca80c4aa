/*
 * A client of the control socket, as the other files of src/control see it: what it asked, and the
 * output that waits for it. Its connection is connection.c's.
 *
 * All bounds on what one client may cost stand here.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/mem.h"
#include "control/socket.h"
#include "wire/line.h"

/* While more than this is unsent, a client is not read. */
#define CLIENT_UNSENT_MAX ((size_t)1024 * 1024)
/* While more than this is unsent, a client's subscriptions miss what happens. */
#define CLIENT_UNSENT_EVENTS ((size_t)256 * 1024)
/* Results that would make more than this wait for a client are answered with LIMIT: four of the
 * largest. */
#define CLIENT_KEPT_MAX ((size_t)256 * 1024 * 1024)
/* Calls under way. Beyond, a client is not read; but one with open streams must be, so that they
 * can go on: then whatever does not feed a stream is answered with LIMIT. */
#define CLIENT_CALLS ((size_t)1024)
/* Calls under way with the feeds of streams, and those of a batch, which is read as one. */
#define CLIENT_CALLS_MAX ((size_t)2048)
/* Calls in one batch. */
#define CLIENT_BATCH_MAX     ((size_t)1024)
#define CLIENT_SUBSCRIPTIONS ((size_t)16)
/* Bytes read, lines served, bytes of lines served in one turn of the loop. */
#define CLIENT_TURN_READ ((size_t)64 * 1024)
/* So many get in although all descriptors are promised to nodes. They are of LIMITS_OWN. */
#define CLIENTS_KEPT      ((size_t)8)
#define CLIENT_TURN_LINES ((size_t)64)
#define CLIENT_TURN_BYTES ((size_t)64 * 1024)

struct batch;
struct call;
struct exec_stream;
struct subscription;

/* What all clients share. */
struct control {
	struct ev_loop *loop;          /* borrowed */
	struct controller *controller; /* borrowed */
	struct control_config config;
	struct client *clients; /* by id */
	uint64_t last_id;
	struct client *touched; /* utlist, due_prev and due_next: they get a turn */
	struct event_listener *listener;
	bool happened; /* an event that subscribers have not been told */
	size_t kept;   /* clients whose descriptors were not promised */
	bool crowded;  /* no descriptors were left, and the log has it */
	bool answered; /* a client asked for the end and has its answer */
	bool ended;    /* config.shutdown was called */
	ev_io accept;
	ev_timer pause; /* until accepting is tried again */
	ev_timer grace; /* until the end comes without the answer taken */
	ev_prepare prepare;
	ev_idle awake;        /* keeps the loop from blocking while somebody is touched */
	struct buffer nobody; /* output that no one wants */
};

/*
 * Owned by control. It owns its calls, whose callbacks the controller forgets when the session
 * is closed: that comes first when a client is freed.
 */
struct client {
	uint64_t id;             /* never used again */
	struct control *control; /* borrowed */
	int fd;
	ev_io readable;
	ev_io writable;
	struct line_reader in;
	struct buffer out;
	struct session *session; /* NULL before the first call that needs one */

	bool eof;      /* it sends no more */
	bool gone;     /* it reads no more: its output is dropped */
	bool closing;  /* served no more; closed once the output is written */
	bool ends;     /* it asked for the end, and the answer is in the output */
	bool promised; /* its descriptor was (base/limits.h); else it is one of CLIENTS_KEPT */
	bool is_touched;

	struct call *calls; /* utlist; under way */
	size_t call_count;
	struct batch *batches; /* utlist; unfinished */
	size_t batched;        /* bytes of replies in them */
	uint64_t last_batch;
	struct exec_stream *streams;        /* utlist; open ones, of cmd_exec.c */
	struct subscription *subscriptions; /* utlist; of cmd_event.c */
	size_t subscription_count;
	int64_t last_subscription;

	struct client *due_prev; /* utlist */
	struct client *due_next;
	UT_hash_handle hh;
};

/* The client gets a turn before the loop blocks: there is output, or room for more calls. */
void client_touch(struct client *c);
/* It gets none, after all. */
void client_forget(struct client *c);
/* Its session, opened when first needed. */
struct session *client_session(struct client *c);
/* Where its output goes: `out`, or nobody's buffer. What is added ends in LF. */
struct buffer *client_output(struct client *c);

#endif
