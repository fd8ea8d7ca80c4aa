/*
 * The members of a departure (terminate.h), and their order: a member is asked to finish when
 * everything below it is gone, and its data are removed when it is.
 */
#ifndef CONTROLLER_LIFECYCLE_DEPARTURE_H
#define CONTROLLER_LIFECYCLE_DEPARTURE_H

#include "controller/lifecycle/terminate.h"
#include "loop/timer.h"

#define DEPARTURE_NONE SIZE_MAX

enum departure_stage {
	STAGE_RECORD, /* the registry is written */
	STAGE_FINISH, /* they may finish */
	STAGE_END,    /* they are killed */
	STAGE_OVER,   /* what is left does not end */
};

struct departure_member {
	struct process *process; /* borrowed; NULL: gone */
	uint32_t data_id;
	struct peer_name link; /* of a node that is killed: every link of its life */
	int parents[2];        /* the upper ends of its link, and of that which it moves to */
	size_t above;          /* index, or DEPARTURE_NONE */
	size_t below;          /* members that hang under it and are not gone */
	bool hung;             /* it is given no time to finish */
	bool asked;
	bool gone; /* its process is, and those below are */
};

struct departure {
	struct controller *controller; /* borrowed */
	uint64_t id;
	bool erase;    /* data and rows go too */
	bool held;     /* no member is asked to finish yet */
	bool recorded; /* that they are to go, or it cannot be */

	/* Owned by departure.c. */
	struct departure_member *members;
	size_t count;
	size_t room;
	size_t left; /* members that are not gone, or whose data is not */

	/* Owned by terminate.c. */
	bool gives_up; /* and tells, though something is left */
	enum departure_stage stage;
	int64_t record_ms;
	int64_t grace_ms;
	int64_t end_ms;
	terminate_done_fn *done; /* NULL: it was told */
	uint64_t number;
	struct error err; /* of the registry */
	struct end_times times;
	struct timer timer;     /* of the stage */
	struct departure *prev; /* utlist */
	struct departure *next;
};

/* The member hangs under the one that it names. A process is marked as one of the departure. */
void departure_add(struct departure *d, struct departure_member member);
/* A member may have come to its turn: it is asked, or if it has no process it is gone, and what is
 * above it may have come to its turn. */
void departure_settle(struct departure *d, size_t place);
/* The same of all, those first that are given no time. */
void departure_settle_all(struct departure *d);
/* Removes the data of all that are gone: it is recorded now that they go. */
void departure_erase_gone(const struct departure *d);
/* The data of a member is removed. */
void departure_erased(struct departure *d, size_t place);
void departure_kill_all(const struct departure *d);
/* What does not end, in words, in d->err. */
void departure_name_left(struct departure *d);
/* NULL: its counts are right; else what is wrong. */
const char *departure_valid(const struct departure *d);
void departure_free(struct departure *d);

#endif
