/*
 * The children of a node: which link each has, whether it is heard, what it owes to sweeps. Each
 * change has a version, counted from 1, so that the controller can be told of just what changed
 * since a version that it knows (report.h).
 */
#ifndef WORKER_CHILD_STATE_H
#define WORKER_CHILD_STATE_H

#include <stdbool.h>
#include <uthash.h>

#include "link/peer_name.h"
#include "wire/report.h"

struct child_state {
	int id; /* the key */
	struct peer_name name;
	enum report_state state;
	int64_t heard;            /* REPORT_SILENT: clock_ms() of its last sign of life */
	uint64_t version;         /* of its last change */
	uint64_t digest;          /* of its last heartbeat */
	unsigned owed;            /* sweeps sent since it last answered one */
	struct child_state *prev; /* utlist, by version */
	struct child_state *next;
	UT_hash_handle hh;
};

/* Zero-initialise. */
struct child_states {
	struct child_state *table;
	struct child_state *changed; /* all of them, the last change last */
	uint64_t version;            /* of the last change; 0: there was none */
	uint64_t digest;             /* the sum of those of the children that are REPORT_HERE */
};

struct child_state *child_state_find(const struct child_states *states, int id);
/* It said hello on this link, or speaks again over it. true: something changed. */
bool child_state_here(struct child_states *states, const struct peer_name *name);
/* It is silent, since then; it leaves by this link; it is gone. false: another life or another link
 * of it is meant, or nothing changed. */
bool child_state_silent(struct child_states *states, const struct peer_name *name,
                        int64_t silent_ms);
bool child_state_left(struct child_states *states, const struct peer_name *name);
bool child_state_gone(struct child_states *states, const struct peer_name *name);
/* What its heartbeat said. true: something changed. */
bool child_state_beat(struct child_states *states, const struct peer_name *name, uint64_t digest);
void child_states_free(struct child_states *states);

#endif
