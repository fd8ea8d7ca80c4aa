/*
 * Starts a program of a user: what it inherits is decided here, and nowhere else.
 *
 * It is in a session and a process group of its own, with clean signals, three standard streams and
 * no other descriptor. The kernel kills it when the thread that started it ends: that must be the
 * loop's, which lives as long as the process.
 */
#ifndef PROGRAM_SPAWN_H
#define PROGRAM_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "program/spec.h"

/* Soft limit of descriptors of a program whose service says nothing: select(2) knows no more. */
#define SPAWN_FILES 1024

/* Everything is borrowed for the call. */
struct spawn_plan {
	const struct program_spec *spec;
	const char *home; /* the node's own directory; NULL: it has none */
	char *const *argv;
	char *const *environment;
	int input; /* become its standard streams */
	int output;
	int error;
	int door;      /* of its control group; -1: it has none */
	bool terminal; /* output is a terminal, which becomes its controlling one */
};

/* The process id; -1 with ERR_SERVICE: there is no such program, directory or user; ERR_LIMIT: the
 * system has no room for it. What fails later is said on its standard error, and it exits with
 * status 127. */
pid_t spawn_start(const struct spawn_plan *plan, struct error *err);

#endif
