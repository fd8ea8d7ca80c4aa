/*
 * The overlay without processes, ZeroMQ and time: the links, the clock, the timers, the signals and
 * what the rooms above do at a loss are here. What the overlay sends, forgets, signals and tells is
 * kept for the test to look at.
 */
#ifndef CONTROLLER_OVERLAY_TEST_OVERLAY_FIXTURE_H
#define CONTROLLER_OVERLAY_TEST_OVERLAY_FIXTURE_H

#include "base/parse.h"
#include "controller/node/core.h"
#include "controller/node/event.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/link_events.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/rehome.h"
#include "controller/overlay/report.h"
#include "controller/overlay/route.h"
#include "controller/overlay/steady.h"
#include "link/lateness.h"
#include "wire/message.h"
#include "wire/report.h"

#define FIXTURE_HEARTBEAT_MS    100
#define FIXTURE_PATIENCE_MS     ((int64_t)(HEARTBEAT_PATIENCE * FIXTURE_HEARTBEAT_MS))
#define FIXTURE_INCARNATION(id) (7 + (uint32_t)(id))
#define FIXTURE_ROUTE           8
#define FIXTURE_PAYLOAD         40
#define FIXTURE_NODES           32

/* What was told, in order. */
enum word_kind {
	WORD_SENT,      /* a message went to the first node of its route */
	WORD_FORGOTTEN, /* a link that ends at the controller */
	WORD_SIGNAL,
	WORD_JOINED, /* to the rooms above */
	WORD_SILENT,
	WORD_OVERDUE,
	WORD_HUNG,
	WORD_RESEND,
	WORD_EVENT,
};

struct word {
	enum word_kind kind;
	int node;                          /* whom it is about, or for */
	struct message m;                  /* WORD_SENT */
	char payload[FIXTURE_PAYLOAD + 1]; /* its beginning */
	char traceparent[TRACEPARENT_SIZE + 1];
	int32_t route[FIXTURE_ROUTE];
	struct peer_name name; /* WORD_FORGOTTEN */
	int signal;
	int64_t silent_ms;            /* WORD_HUNG */
	struct event event;           /* WORD_EVENT, without its program */
	struct event_program program; /* what that borrows is gone */
};

extern struct controller world;
/* A process is its node's place in this. */
extern char fixture_processes[FIXTURE_NODES];

/* .init and .fini of the suites. Nothing but the controller is there. */
void fixture_begin(void);
void fixture_end(void);

/* A node that runs below `parent` in the tree, and is linked to it. */
struct node *fixture_add(int id, int parent);
/* One that a former dtreed had. `fixture_reported`: its outage was told. */
extern bool fixture_reported;
struct node *fixture_inherit(int id, int parent);
/* One whose process is to join, in its first life. */
struct node *fixture_launch(int id, int parent);
/* Moves the node in the tree, not its link. */
void fixture_place(int id, int parent);
/* Its process ends, as the rooms above do it. */
void fixture_kill(struct node *n);
struct node *fixture_find(int id);
/* Nodes 2 and 3 are linked to 1, and 2 belongs below 3; it is told to move. Gives 2. */
struct node *fixture_moving(void);
/* As before, but 3 has died: 2 is told to move back to 1, its parent. Nothing is kept of it. */
struct node *fixture_moving_back(void);

/* The loop turns: what was deferred is done, and all invariants hold. */
void fixture_turn(void);
/* Time passes, and timers fire when they are due. */
void fixture_pass(int64_t ms);
/* This process is stopped for so long: time passes, and what is due comes late. */
void fixture_stop(int64_t ms);
/* clock_ms(). */
int64_t fixture_now(void);

/* For the fixture's own files: adds a word; does what was deferred, true: there was something. */
struct word *fixture_keep(enum word_kind kind, int node);
bool fixture_run_deferred(void);

/* Words since the last fixture_clear(). */
void fixture_clear(void);
size_t fixture_count(enum word_kind kind, int node);
/* Of a type, to a node (not: over it). */
size_t fixture_sent(enum message_type type, int node);
/* The last one of them; the test fails without. */
const struct word *fixture_last_sent(enum message_type type, int node);
const struct word *fixture_last(enum word_kind kind, int node);
/* The i-th message that was sent; NULL: there are not so many. */
const struct word *fixture_message(size_t i);
size_t fixture_events(enum event_type type, int node);

/* A report of `parent` about one link of a child, as the newest word of the parent. */
void fixture_report(struct node *parent, const struct node *child, uint64_t generation,
                    enum report_state state);
/* A whole report of an inherited parent: it has these children, by links of that generation. */
void fixture_report_all(struct node *parent, struct node *const *kids, size_t count,
                        uint64_t generation);

#endif
