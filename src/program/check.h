/*
 * Tries a service: its program is run aside, as a node would run it, and asked three times one
 * after the other, once with what is an error, and once more. Does each answer come, at once, on
 * standard output, one for one?
 *
 * Nobody else may use the loop meanwhile. One thread, the process's main thread (spawn.h).
 */
#ifndef PROGRAM_CHECK_H
#define PROGRAM_CHECK_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program/spec.h"

enum check_end {
	CHECK_ANSWERED,
	CHECK_REFUSED, /* answered with an error */
	CHECK_SILENT,  /* no answer */
};

#define CHECK_STEPS 5

struct check_step {
	const char *what; /* "1", "2", "3", "error", "after it" */
	char *asked;      /* owned, as all strings; printable */
	enum check_end end;
	int64_t ms;
	char *answer; /* NULL: none */
	char *said;   /* its last line on standard error meanwhile; NULL: none */
};

struct check_report {
	struct check_step steps[CHECK_STEPS];
	size_t count;
	char *fault;  /* why it is no service yet; NULL: it is */
	char *remedy; /* what helps; NULL: nothing is known */
	char *note;   /* what else is worth knowing; NULL: nothing */
};

/* The spec is taken over. good, bad: arguments that are answered, and that are an error; NULL:
 * those of the service, or what is known of its program. dir: the directory that the program has in
 * place of a node's. */
void check_service(struct ev_loop *loop, struct program_spec *spec, char *const *good,
                   char *const *bad, const char *dir, struct check_report *report);
void check_report_free(struct check_report *report);

#endif
