/*
 * How late this process is, and how long it therefore waits before it calls others silent.
 *
 * A process that the machine keeps waiting hears nothing meanwhile, whoever speaks. So its silences
 * are counted on a clock of its own, which stands still from the moment at which it was to wake
 * until it does. And as others wait for the same processors, it allows them for a while what it
 * had to wait itself (Lifeguard, arXiv 1707.00788), or what they say that they had to.
 *
 * Pure. Times are milliseconds of clock_ms(), durations milliseconds.
 */
#ifndef LINK_LATENESS_H
#define LINK_LATENESS_H

#include <stdbool.h>
#include <stdint.h>

/* A child that was not heard for so many intervals is silent. */
#define HEARTBEAT_PATIENCE 4

/*
 * No silence is shorter than this, nor than HEARTBEAT_PATIENCE intervals. With eight busy threads a
 * processor Linux 6.18 let a process that sleeps wait for up to 130 ms, nearly always for less than
 * 40 ms; a heartbeat takes two such waits.
 */
#define SILENCE_LEAST_MS 100
/* What lateness adds to a silence, at the most: so a true one is told in the end. */
#define LATENESS_MOST_MS 500
/* In so long half of it is forgotten. */
#define LATENESS_HALF_MS 5000

struct lateness {
	int64_t woken; /* the last time */
	int64_t due;   /* when it is to wake next; INT64_MAX: it is awake */
	int64_t awake; /* the clock at `woken` */
	int64_t worst; /* of the last while, as of `at` */
	int64_t at;
};

/* It is awake, and for as long as it does not say until when it sleeps. Of the time since it last
 * woke it was deaf for so long. */
void lateness_wake(struct lateness *l, int64_t now, int64_t deaf);
void lateness_sleep(struct lateness *l, int64_t due);
/* The clock that counts silences. */
int64_t lateness_clock(const struct lateness *l, int64_t now);
/* How late it was in the last while. */
int64_t lateness_ms(const struct lateness *l, int64_t now);

/* The silence that is a loss, for one that says that it was late by `told`, in an interval that is
 * not 0. */
int64_t lateness_patience(const struct lateness *l, int64_t interval, int64_t told, int64_t now);

/* What is known of one other's signs of life. */
struct silence {
	int64_t heard;        /* clock_ms() of the last */
	int64_t since;        /* counted from here, on the watcher's clock */
	bool asked;           /* a sign of life was asked for since the last */
	int64_t told;         /* how late it says it is */
	void *owner;          /* borrowed */
	bool listed;          /* by a lookout */
	struct silence *prev; /* utlist */
	struct silence *next;
};

/* It spoke. */
void silence_end(struct silence *s, const struct lateness *watcher, int64_t now);
/* It is told of an interval, which it answers. Only the first time since it spoke lets it begin
 * anew: who repeats it hides nothing. */
void silence_ask(struct silence *s, const struct lateness *watcher, int64_t now);
/* Until it is a loss; 0 or less: it is one. */
int64_t silence_left(const struct silence *s, const struct lateness *watcher, int64_t interval,
                     int64_t now);

#endif
