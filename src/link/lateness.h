/*
 * How late this process runs, and how long it therefore waits before it reports others as silent.
 *
 * A process that waits for a processor receives nothing meanwhile, whatever others send. So it
 * counts silences on a clock that stands still from the moment at which it should wake until it
 * does. As others wait for the same processors, it also allows them for a while the delay that it
 * had itself (Lifeguard, arXiv 1707.00788), or the delay that they report.
 *
 * Pure. Times are milliseconds of clock_ms(), durations milliseconds.
 */
#ifndef LINK_LATENESS_H
#define LINK_LATENESS_H

#include <stdbool.h>
#include <stdint.h>

/* A child is silent when nothing came from it for this many intervals. */
#define HEARTBEAT_PATIENCE 4

/*
 * No silence is shorter than this, nor than HEARTBEAT_PATIENCE intervals. With eight busy threads a
 * processor Linux 6.18 let a process that sleeps wait for up to 130 ms, nearly always for less than
 * 40 ms; a heartbeat takes two such waits.
 */
#define SILENCE_LEAST_MS 100
/* The most that lateness adds to a silence, so that a real loss is reported. */
#define LATENESS_MOST_MS 500
/* Half of the lateness is forgotten in this time. */
#define LATENESS_HALF_MS 5000

struct lateness {
	int64_t woken; /* the last time */
	int64_t due;   /* when it should wake next; INT64_MAX: it is awake */
	int64_t awake; /* the clock at `woken` */
	int64_t worst; /* the largest recent lateness, as of `at` */
	int64_t at;
};

/* It is awake, until lateness_sleep(). deaf: for how much of the time since it last woke it could
 * not receive. */
void lateness_wake(struct lateness *l, int64_t now, int64_t deaf);
void lateness_sleep(struct lateness *l, int64_t due);
/* The clock that counts silences. */
int64_t lateness_clock(const struct lateness *l, int64_t now);
/* How late it was recently. */
int64_t lateness_ms(const struct lateness *l, int64_t now);

/* The silence that counts as a loss, of a peer that reports a lateness of `told`; the interval is
 * not 0. */
int64_t lateness_patience(const struct lateness *l, int64_t interval, int64_t told, int64_t now);

/* The signs of life of one peer. */
struct silence {
	int64_t heard;        /* clock_ms() of the last */
	int64_t since;        /* where the silence began, on the watcher's clock */
	bool asked;           /* it was asked for a sign of life since the last one */
	int64_t told;         /* the lateness that it reports */
	void *owner;          /* borrowed */
	bool listed;          /* on the list of a lookout */
	struct silence *prev; /* utlist */
	struct silence *next;
};

/* The peer has sent something. */
void silence_end(struct silence *s, const struct lateness *watcher, int64_t now);
/* The peer is sent an interval, which it answers. The silence begins anew only at the first
 * interval since the last sign of life, so that repeated settings do not hide a loss. */
void silence_ask(struct silence *s, const struct lateness *watcher, int64_t now);
/* Time until the silence is a loss; 0 or less: it is one. */
int64_t silence_left(const struct silence *s, const struct lateness *watcher, int64_t interval,
                     int64_t now);

#endif
