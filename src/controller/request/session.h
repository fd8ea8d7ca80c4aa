/* Sessions: each is one asker, with its lanes. One that is closed stays until its last request is
 * freed. */
#ifndef CONTROLLER_REQUEST_SESSION_H
#define CONTROLLER_REQUEST_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/request/lane.h"

struct controller;
struct request;
struct stream;

struct session {
	uint64_t id;
	struct controller *controller; /* borrowed */
	bool closed;
	bool traces;           /* the next that it asks is traced */
	uint64_t read;         /* clock_ns(): when the bytes of the next that it asks came */
	size_t requests;       /* not freed yet */
	struct request *asked; /* by age; asked_prev and asked_next */
	struct lane *lanes;
	size_t barriers;        /* creates and kills that are not answered */
	struct request *sweeps; /* pingalls that wait for them */
	size_t exec_alls;       /* exec_alls under way */
	struct stream *streams; /* open ones; owned by stream.c */
	size_t stream_count;
	struct session *prev; /* utlist */
	struct session *next;
};

/* All of one controller. Zero-initialise. */
struct sessions {
	struct session *list; /* owned */
	uint64_t last;        /* number given */
	size_t open;
};

struct session *sessions_add(struct sessions *all, struct controller *c);
void sessions_close(struct sessions *all, struct session *s);
/* A request of it, one that was counted in `requests`, is freed. */
void sessions_release(struct sessions *all, struct session *s);
void sessions_free(struct sessions *all);

#endif
