/*
 * What is told of a program: its state at each change, and what it says has happened. Keeps the
 * report that wire/program_report.h describes.
 *
 * One thread: the loop's.
 */
#ifndef PROGRAM_ANNOUNCE_H
#define PROGRAM_ANNOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "wire/program_report.h"

/* Who is told. May be called from within engine_ask() and so on, and asks nothing of the engine. */
struct program_watch {
	/* Something has changed; borrowed for the call. */
	void (*changed)(void *arg, const struct program_report *report);
	/* The program said so: a good type, and one JSON value; borrowed for the call. */
	void (*event)(void *arg, const char *type, const char *data, size_t size);
	void *arg;
};

struct announce {
	const struct program_watch *watch; /* borrowed; NULL: nobody is told */
	struct program_report report;
	bool ended; /* since its last start, by itself */
};

/* A program that stays, or, if not, one that has a process for each request. *a is zero, or that of
 * the one whose place it takes: counts go on. */
void announce_begin(struct announce *a, const struct program_watch *watch, bool stays);
/* It has a process. */
void announce_started(struct announce *a, pid_t pid, bool ready);
void announce_ready(struct announce *a);
void announce_ending(struct announce *a);
/* It ended as it was asked to, or is not to be started again after all. */
void announce_waiting(struct announce *a);
/* It ended by itself, or could not be started: `pid` 0. due: clock_ms() of the next start; 0: it
 * waits for a request. */
void announce_ended(struct announce *a, pid_t pid, const char *cause,
                    const struct program_usage *used, int64_t due);
/* So many processes run. */
void announce_running(struct announce *a, size_t running);
/* Is there a probe? Of one that failed, that is so until it passes. */
void announce_probe_declared(struct announce *a, bool declared);
/* It passed; true: it had failed before. */
bool announce_probe_passed(struct announce *a);
/* It failed; pid: the program that did, 0: none that stays. True: it had not failed before. */
bool announce_probe_failed(struct announce *a, pid_t pid, const char *why);
void announce_event(const struct announce *a, const char *type, const char *data, size_t size);

#endif
