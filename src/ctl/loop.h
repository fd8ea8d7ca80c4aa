/*
 * The loop of dtreectl: waits for the connection, for standard output, and for the descriptors that
 * its owner names.
 */
#ifndef CTL_LOOP_H
#define CTL_LOOP_H

#include <stdbool.h>

#include "ctl/output.h"
#include "ctl/progress.h"
#include "dtree/client.h"

enum loop_event {
	LOOP_INPUT = 1 << 0,  /* the input can be read, or has ended */
	LOOP_SIGNAL = 1 << 1, /* the signal descriptor can be read */
	LOOP_LOST = 1 << 2,   /* the connection is lost; what was due has been answered */
	LOOP_LATE = 1 << 3,   /* dtreed was silent for too long; otherwise as LOST */
	LOOP_CLOSED = 1 << 4, /* standard output takes no more */
};

/* How the loop waited last. */
struct loop_wake {
	uint64_t at;     /* clock_ns(), when that was over */
	uint64_t waited; /* of it, ns for a processor; 0 where that is not measured */
};

struct loop {
	struct dtree_client *client; /* borrowed; NULL: there is no connection */
	struct output *out;          /* borrowed */
	struct progress *progress;   /* borrowed */
	int input_fd;                /* -1: not polled */
	int signal_fd;               /* -1: none */
	int signal;                  /* the signal that ends the program; 0: none has come */
	struct loop_wake woke;
	const bool *measures;   /* are waits for a processor? borrowed; NULL: no */
	int64_t timeout_ms;     /* the longest silence while replies are due; 0: no limit */
	struct dtree_error why; /* of LOST and LATE */
	/* Called before and after each write of lines; may be NULL. */
	void (*around)(void *arg, bool before);
	void *around_arg;
};

/* With this many bytes of waiting output, replies and input are not read. */
#define LOOP_OUTPUT ((size_t)1024 * 1024)

/* Waits at most wait_ms (-1: for ever) until something happens, handles it, and gives the events
 * for its owner: bits of enum loop_event. */
unsigned loop_turn(struct loop *loop, int wait_ms);

/* Prints a line on standard error, with the program's name in front. */
void loop_say(struct loop *loop, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
