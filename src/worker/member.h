/*
 * The children of a node: which link each has, whether it is heard, what it owes to sweeps. Each
 * change has a version, counted from 1, so that the controller can be told of just what changed
 * since a version that it knows (report.h).
 */
#ifndef WORKER_MEMBER_H
#define WORKER_MEMBER_H

#include <stdbool.h>
#include <uthash.h>

#include "link/frame.h"
#include "wire/report.h"

struct member {
	int id; /* the key */
	struct link_name name;
	enum report_state state;
	int64_t heard;       /* REPORT_SILENT: clock_ms() of its last sign of life */
	uint64_t version;    /* of its last change */
	uint64_t digest;     /* of its last heartbeat */
	unsigned owed;       /* sweeps sent since it last answered one */
	struct member *prev; /* utlist, by version */
	struct member *next;
	UT_hash_handle hh;
};

/* Zero-initialise. */
struct members {
	struct member *table;
	struct member *changed; /* all of them, the last change last */
	uint64_t version;       /* of the last change; 0: there was none */
	uint64_t digest;        /* the sum of those of the children that are REPORT_HERE */
};

struct member *member_find(const struct members *m, int id);
/* It said hello on this link, or speaks again over it. true: something changed. */
bool member_here(struct members *m, const struct link_name *name);
/* It is silent, since then; it leaves by this link; it is gone. false: another life or another link
 * of it is meant, or nothing changed. */
bool member_silent(struct members *m, const struct link_name *name, int64_t silent_ms);
bool member_left(struct members *m, const struct link_name *name);
bool member_gone(struct members *m, const struct link_name *name);
/* What its heartbeat said. true: something changed. */
bool member_beat(struct members *m, const struct link_name *name, uint64_t digest);
void members_free(struct members *m);

#endif
