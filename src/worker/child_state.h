/*
 * The children of a node: the link of each, whether it is silent, and its unanswered sweeps. Each
 * change has a version, counted from 1, so that reports hold just the changes since a version that
 * the controller knows (report.h).
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
	struct child_state *changed; /* all of them, the most recently changed one last */
	uint64_t version;            /* of the last change; 0: there was none */
	uint64_t digest;             /* the sum over the children that are REPORT_HERE */
};

struct child_state *child_state_find(const struct child_states *states, int id);
/* It said hello on this link, or sends again over it. true: something changed. */
bool child_state_here(struct child_states *states, const struct peer_name *name);
/* It has been silent for silent_ms; it leaves this link; it is gone. false: the name is of another
 * life or link, or nothing changed. */
bool child_state_silent(struct child_states *states, const struct peer_name *name,
                        int64_t silent_ms);
bool child_state_left(struct child_states *states, const struct peer_name *name);
bool child_state_gone(struct child_states *states, const struct peer_name *name);
/* Takes the digest of its heartbeat. true: something changed. */
bool child_state_beat(struct child_states *states, const struct peer_name *name, uint64_t digest);
void child_states_free(struct child_states *states);

#endif
