/*
 * A client of the control socket: its calls, and the output that waits for it. connection.c has its
 * connection.
 *
 * All bounds on the cost of one client are here.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/mem.h"
#include "control/peer.h"
#include "control/socket.h"
#include "wire/line.h"

/* While more than this is unsent, a client is not read. */
#define CLIENT_UNSENT_MAX ((size_t)1024 * 1024)
/* While more than this is unsent, a client's subscriptions miss events. */
#define CLIENT_UNSENT_EVENTS ((size_t)256 * 1024)
/* A result that would make more than this wait for a client is replaced by LIMIT: four of the
 * largest fit as text, two in base64. */
#define CLIENT_KEPT_MAX ((size_t)256 * 1024 * 1024)
/* Calls under way. With more a client is not read. A client with open streams still is, so that the
 * streams can go on: then other requests are answered with LIMIT. */
#define CLIENT_CALLS ((size_t)1024)
/* Calls under way including feeds of streams, and those of a batch, which is read as a whole. */
#define CLIENT_CALLS_MAX ((size_t)2048)
/* Calls in one batch. */
#define CLIENT_BATCH_MAX     ((size_t)1024)
#define CLIENT_SUBSCRIPTIONS ((size_t)16)
/* Bytes read, lines served, bytes of lines served in one turn of the loop. */
#define CLIENT_TURN_READ ((size_t)64 * 1024)
/* This many clients are accepted even if all descriptors are promised to nodes. Their descriptors
 * are part of LIMITS_OWN. */
#define CLIENTS_KEPT      ((size_t)8)
#define CLIENT_TURN_LINES ((size_t)64)
#define CLIENT_TURN_BYTES ((size_t)64 * 1024)

struct batch;
struct call;
struct exec_stream;
struct logs_question;
struct reload_question;
struct subscription;

/* Of denied.c. */
struct denied {
	uint64_t count;
	uint64_t unsaid; /* of them, since the last line of the log */
	int64_t logged;  /* clock_ms() of that line; 0: there was none */
};

/* Shared by all clients. */
struct control {
	struct ev_loop *loop;          /* borrowed */
	struct controller *controller; /* borrowed */
	struct control_config config;
	struct client *clients; /* by id */
	uint64_t last_id;
	struct client *touched; /* clients that get a turn; utlist, by due_prev and due_next */
	struct event_listener *listener;
	bool happened;       /* there is an event that was not delivered yet */
	uint64_t read_bytes; /* of all clients, so far */
	uint64_t written_bytes;
	size_t kept;   /* clients whose descriptors were not promised */
	bool crowded;  /* no descriptors were left, which was logged */
	bool answered; /* a client has requested the end and has its answer */
	bool ended;    /* config.shutdown was called */
	struct hangups *hangups;
	ev_io accept;
	ev_timer pause;                  /* delay until accepting is tried again */
	struct logs_question *questions; /* utlist; of cmd_logs.c */
	struct reload_question *reloads; /* utlist; of cmd_reload.c */
	uint64_t last_reload;
	ev_timer look;    /* until they are looked at */
	ev_timer grace;   /* delay until the end comes if the answer is not read */
	ev_prepare serve; /* serves the lines of clients */
	ev_prepare flush; /* writes their replies */
	ev_idle awake;    /* keeps the loop from blocking while a client is touched */
	struct denied denied;
	struct buffer dropped; /* output that no client reads */
};

/*
 * Owned by control. It owns its calls. Freeing a client first closes the session, so that the
 * controller forgets their callbacks.
 */
struct client {
	uint64_t id;             /* never used again */
	struct control *control; /* borrowed */
	int fd;
	struct peer_credentials credentials;
	ev_io readable;
	ev_io writable;
	struct line_reader in;
	uint64_t read; /* clock_ns() when bytes last came */
	struct buffer out;
	struct session *session; /* NULL before the first call that needs one */

	bool eof;      /* the client sends no more */
	bool gone;     /* the client reads no more: its output is dropped */
	bool closing;  /* not served any more; closed once the output is written */
	bool ends;     /* it has requested the end, and the answer is in the output */
	bool promised; /* its descriptor was promised (base/limits.h); else it is one of
	                  CLIENTS_KEPT */
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

/* Gives the client a turn before the loop blocks: there are lines or output, or room for more
 * calls. */
void client_touch(struct client *c);
/* Cancels the turn. */
void client_forget(struct client *c);
/* Its session, opened when first needed. */
struct session *client_session(struct client *c);
/* The buffer for its output: `out`, or one that is dropped. Each text that is added ends in LF. */
struct buffer *client_output(struct client *c);

#endif
