/*
 * The shell's connection: makes and greets it, and with `again` makes it again when it is lost.
 *
 * Without a connection the session keeps the lost client: each command is refused at once, and
 * nothing is kept for later.
 */
#ifndef CTL_CONTACT_H
#define CTL_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/loop.h"
#include "ctl/notices.h"
#include "ctl/session.h"

enum contact_state {
	CONTACT_NEW,   /* the first connection is being greeted */
	CONTACT_HERE,  /* commands can be sent */
	CONTACT_GONE,  /* there is no connection; the next attempt is at next_ms */
	CONTACT_AGAIN, /* a connection was made again and is being greeted */
};

struct contact {
	const char *path;        /* borrowed, as all fields without a mark */
	struct loop *loop;       /* polls the connection */
	struct session *session; /* uses the connection */
	int64_t timeout_ms;      /* of the loop once dtreed has been greeted; 0: no limit */
	bool again;              /* make a lost connection again */
	struct notices notices;  /* the caller sets its mode */

	enum contact_state state;
	struct dtree_client
	    *client; /* owned; the newest client, which is the session's except in AGAIN */
	int64_t next_ms;
	int64_t pause_ms;  /* between the last attempt and the next */
	int64_t made_ms;   /* when the connection was made */
	int64_t former_ms; /* when the connection was made whose events `seen` counts */
	long long seen;    /* the number of the newest event that was printed */
	long long pid;     /* dtreed's */
	char *topology;    /* owned; of the tree; "?": unknown */
	char *service;     /* owned; the tree's default */
	bool greeted;
};

/*
 * Connects and opens the session, with the loop's output; contact_turn() does the rest. The caller
 * sets path, loop, session, timeout_ms and the mode of the notices, and zeroes the other fields.
 * -1: there is nothing to close.
 */
int contact_open(struct contact *c, struct dtree_error *err);
/* Closes the connection and the session. */
void contact_close(struct contact *c);

/*
 * loop_turn(), and the handling of its events for the connection: prints notices, and with `again`
 * reports the loss of the connection and makes it again instead of giving LOOP_LOST.
 */
unsigned contact_turn(struct contact *c, int wait_ms);

#endif
