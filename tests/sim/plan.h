/* What a seed draws first: the tree, its settings, what kinds of faults there are. */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

struct plan {
	const char *topology;
	const char *restart;
	int nodes; /* that are created at first */
	int ids;   /* that may ever be used: 0 and on */
	int64_t heartbeat_ms;
	int64_t request_timeout_ms;
	int64_t restart_delay_max_ms;
	int64_t restart_quiet_ms;
	unsigned restart_limit;
	const char *on_hang;
	int64_t hang_timeout_ms;
	int64_t orphan_timeout_ms;
	int64_t stop_grace_ms;
	unsigned rounds;  /* of faults and healing */
	int64_t storm_us; /* how long a round's faults last, at the most */
	int64_t pause_us; /* between two of them, at the most */
	int64_t ask_us;   /* between two requests, at the most */
	uint64_t faults;  /* a bit for each kind that there is */
	bool reorders;    /* ids come in any order */
	bool bursts;      /* of requests of one session to one node */
	bool hangs; /* a process that is stopped when a round ends stays so, where that is cured */
	bool early; /* nodes are stopped while they start after the end of a dtreed */
};

/* nodes: at the most; 0: by the seed. */
void plan_draw(struct plan *plan, int nodes);

#endif
