/*
 * The shell's connection: made and greeted, and where that is wanted made again when it is lost.
 *
 * Without a connection the session goes on with the client that is lost: each command is refused
 * at once and nothing is kept for later.
 */
#ifndef CTL_CONTACT_H
#define CTL_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/loop.h"
#include "ctl/news.h"
#include "ctl/session.h"

enum contact_state {
	CONTACT_NEW,   /* the first connection is being greeted */
	CONTACT_HERE,  /* commands can be sent */
	CONTACT_GONE,  /* there is no connection; another try is made at next_ms */
	CONTACT_AGAIN, /* a connection was made again and is being greeted */
};

struct contact {
	const char *path;        /* borrowed, as all that is not marked */
	struct loop *loop;       /* looks at our connection */
	struct session *session; /* runs on it */
	int64_t timeout_ms;      /* the loop's, once dtreed has been greeted; 0: any */
	bool again;              /* a lost connection is made again */
	struct news news;        /* its mode is the caller's */

	enum contact_state state;
	struct dtree_client *client; /* owned; the newest: the session's, unless AGAIN */
	int64_t next_ms;
	int64_t pause_ms;  /* between the last try and the next */
	int64_t made_ms;   /* when the connection was made */
	int64_t former_ms; /* when the one was made on which `seen` was counted */
	long long seen;    /* the number of the newest event that was told of */
	long long pid;     /* dtreed's */
	char *topology;    /* owned; the tree's, "?" where dtreed did not say */
	char *service;     /* owned; its default */
	bool greeted;
};

/*
 * Connects and opens the session, with the loop's output; contact_turn() does the rest. All but
 * path, loop, session, timeout_ms and the mode of the news is zero. -1: there is nothing to close.
 */
int contact_open(struct contact *c, struct dtree_error *err);
/* Closes the connection and the session. */
void contact_close(struct contact *c);

/*
 * loop_turn(), and whatever it brings for the connection: news are printed, and with `again` a loss
 * is said, no event, and mended.
 */
unsigned contact_turn(struct contact *c, int wait_ms);

#endif
