/*
 * Requests as they are made: each becomes an ask of the history, and its answer goes there. Only
 * from within dtreed's loop, as its clients are served: daemon_do().
 */
#ifndef SIM_ASKS_H
#define SIM_ASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/controller.h"
#include "sim/history.h"
#include "sim/plan.h"

#define SESSIONS 3
#define IDS_MAX  512

void asks_begin(const struct plan *plan);
void asks_end(void);
/* dtreed comes and goes, and the sessions with it. */
void asks_daemon_began(struct controller *c);
void asks_daemon_ended(struct controller *c);

/* What dtreed has. */
struct seen {
	bool there[IDS_MAX];
	bool down[IDS_MAX]; /* stopped, dead or given up */
	int parent[IDS_MAX];
	enum node_declared declared[IDS_MAX];
	size_t downs;
	int list[IDS_MAX];
	size_t count;
};

void see(const struct controller *c, struct seen *seen);
/* A node that is there; or, now and then, any. */
int any_node(const struct seen *seen);

/* Of all nodes, of which so many are down. */
void probe_all(size_t session, const struct seen *seen);
/* A probe must be done: all is well. Sessions have numbers from 0. */
/* false: it is not asked for, as one is there, or under way. One that is not made by hand is a step
 * of a reload. */
bool ask_create(struct controller *c, size_t session, int id, enum node_declared declared);
/* What it counts as from now on; perhaps also another parent or policy. A step. */
void ask_declare(struct controller *c, size_t session, int id, enum node_declared declared);
/* A start, a stop, or a kill of what is undeclared. */
void ask_step(size_t session, enum ask_kind kind, int id);
/* Another parent, or another policy, name or group, as it comes. */
void ask_change(struct controller *c, size_t session, int id);
/* The node and its parent change places, in two moves: what is below it by its link becomes its
 * parent. */
void ask_swap(struct controller *c, size_t session, int id);
void ask_exec(size_t session, int id, bool probe);
/* With arguments of which a few fill the window of a session at a node: what is asked next waits
 * with dtreed. */
void ask_large(size_t session, int id);
/* One of a group. */
void ask_any(size_t session);
void ask_exec_all(size_t session, const struct seen *seen, bool probe);
/* A stream is opened, fed until all is fed, and closed. */
void ask_stream(size_t session, int id);
/* An exec whose process is fed its standard input. */
void ask_input(size_t session, int id);
/* Of the session's requests one is taken back, if one can be. */
void ask_cancel(size_t session);
/* The session is closed, and another is there. */
void ask_close(struct controller *c, size_t session);
/* Any of the others. */
void ask_simply(size_t session, enum ask_kind kind, int id, bool probe);

#endif
