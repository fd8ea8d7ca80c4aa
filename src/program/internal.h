/*
 * What the files of the engine share. A way of serving is a row (struct host); a way of speaking to
 * a program that stays is a row (struct dialect).
 */
#ifndef PROGRAM_INTERNAL_H
#define PROGRAM_INTERNAL_H

#include "program/announce.h"
#include "program/engine.h"
#include "program/probe.h"
#include "program/subprocess.h"

struct orphans;
struct resident;

struct host {
	/* Can a call begin now? */
	bool (*ready)(struct engine *e);
	/* The call begins. It must end in engine_answer(), now or later. */
	void (*begin)(struct engine *e, struct call *call);
	/* It was answered without the program, which is to know; it must end in engine_drop(). */
	void (*abandon)(struct engine *e, struct call *call);
	/* The time that an abandoned one has is over. */
	void (*give_up)(struct engine *e, struct call *call);
	/* There is more of the call's input, or its end. NULL: there is none. */
	void (*input)(struct engine *e, struct call *call);
	void (*hold)(struct engine *e, bool hold);
	/* What it has was another engine's. NULL: it has nothing. */
	void (*moved)(struct engine *to);
	/* If that is its program, it is started anew, as it has failed its probe. NULL: none
	 * stays. */
	void (*renew)(struct engine *e, pid_t pid);
	/* Frees what it has. NULL: nothing. */
	void (*close)(struct engine *e);
	/* Nothing is asked any more: true once nothing of it runs; else engine_idle() follows. */
	bool (*end)(struct engine *e);
};

/* Who asked a call that is no request. */
struct call_owner {
	/* As engine_answer_fn; what the answer owns is borrowed. */
	void (*answered)(struct engine *e, struct call *call, const struct answer *answer);
	/* It is about to be freed, or is waited for no longer. */
	void (*dropped)(struct engine *e, const struct call *call);
};

struct engine {
	struct ev_loop *loop;      /* borrowed */
	struct program_spec *spec; /* owned */
	struct program_node node;
	const struct host *host;
	struct resident *resident; /* owned by the host; NULL: it has none */
	struct probe probe;
	bool ordered;  /* an answer is known by its place */
	int64_t heard; /* clock_ms(): when it answered a request last, or was held no more */
	engine_answer_fn *answer;
	engine_taken_fn *taken; /* NULL: nobody is told */
	engine_progress_fn *progress;
	struct timer progress_timer; /* runs after one was told, until the next may be */
	void *arg;
	struct orphans *orphans; /* owned */
	struct announce announce;
	struct call *table;
	struct call *waiting; /* in order */
	struct call *begun;   /* running and abandoned, in order */
	int64_t begun_count;
	bool held;
	bool finishing;
	bool pumping;
	struct engine *formers; /* owned: whose calls have begun before another took their place */
	struct engine
	    *successor;      /* the one that took its place; NULL: it has its place; borrowed */
	struct engine *next; /* of a list of formers */
	struct timer gone;   /* of a former: nothing of it runs */
	engine_done_fn *done;
	void *done_arg;
};

extern const struct host host_run;
extern const struct host host_resident;

/* The spec is taken over. */
struct engine *engine_open(struct ev_loop *loop, struct program_spec *spec,
                           const struct program_node *node, const struct host *host,
                           engine_answer_fn *answer, void *arg);
/* That spec and host take the place of those that are there, with what has not begun; what has goes
 * on to its end, and then what has served it. The spec is taken over. */
void engine_replace(struct engine *e, struct program_spec *spec, const struct host *host);
/* Lets begin what may. Whenever that may have changed. */
void engine_pump(struct engine *e);
/* The probe, behind what waits, or beside all; pump then. The args are taken over. */
struct call *engine_put_probe(struct engine *e, const struct call_owner *owner, char *args,
                              size_t size);
/* A probe that runs is over, and the program is told. */
void engine_abandon(struct engine *e, struct call *call);
/* Is there a request that waits or has begun? */
bool engine_is_asked(const struct engine *e);
/* Answers a call that begun or waits, and drops it; what the answer owns is taken over. */
void engine_answer(struct engine *e, struct call *call, const struct answer *answer);
/* The same with a reason, which is copied; the detail (detail.h; NULL: none) is taken over. */
void engine_fail(struct engine *e, struct call *call, enum answer_kind kind, const char *why,
                 char *detail);
/* The program has written something that may be for the call; NULL: for none. */
void engine_wrote(struct call *call);
/* It was not answered, and is not wanted any more. One that runs stays among those that have begun
 * until the program has answered it, or its time for that is over. */
void engine_end_call(struct call *call, const char *why);
/* It is gone, answered or not. */
void engine_drop(struct engine *e, struct call *call);
/* After host.end(): nothing runs any more. */
void engine_idle(struct engine *e);

/* How a program that stays is spoken to. Each life of the program has a memory of its own. */
struct dialect {
	void *(*open)(struct resident *r);
	void (*close)(void *memory);
	/* The first words, appended. True: it is ready; else resident_ready() follows. */
	bool (*greet)(struct resident *r, struct buffer *out);
	/* Appends what the program is sent for that call; -1 with why it cannot be said. */
	int (*ask)(struct resident *r, struct call *call, struct buffer *out, struct error *err);
	/* Bytes that the program wrote, each call of it in resident_answered(). False: the rest is
	 * not to be heard, as resident_distrust() was called. */
	bool (*hear)(struct resident *r, const char *bytes, size_t n);
	/* An abandoned call: appends what is sent then. NULL: nothing is. */
	void (*cancel)(struct resident *r, struct call *call, struct buffer *out);
	/* Is an answer known by its place? Then one that does not come ends the program. */
	bool ordered;
};

extern const struct dialect dialect_lines;
extern const struct dialect dialect_json;

struct engine *resident_engine(struct resident *r);
void *resident_memory(struct resident *r);
/* Everything that it waits for before it is ready has come. */
void resident_ready(struct resident *r);
void resident_write(struct resident *r, const struct buffer *out);
/* The program said this to a call, which is answered, or dropped where it was abandoned. What the
 * answer owns is taken over. */
void resident_answered(struct resident *r, struct call *call, const struct answer *answer);
/* What it says can be trusted no more: it is ended. `why` goes on "the program ...". */
void resident_distrust(struct resident *r, const char *why);
/* The program says something for its log. */
void resident_say(struct resident *r, enum log_level level, const char *text, size_t n);
/* Is logged once in a life of the program. */
void resident_complain(struct resident *r, const char *what);

/* The engine's, with that dialect. wanted: it is to run, asked or not. */
void resident_open(struct engine *e, const struct dialect *dialect, bool wanted);

#endif
