/*
 * Why a program does not answer line by line, and what helps: a row for each program of which it is
 * known (dtree-services(7), LINE SERVICES).
 */
#ifndef PROGRAM_REMEDY_H
#define PROGRAM_REMEDY_H

#include "program/spec.h"

/* The program that a command runs, as the table has it: "python3.11" is python. */
struct remedy {
	const char *program;
	bool terminal;        /* does terminal = output help? */
	const char *own;      /* its own way; NULL: none is known */
	const char *sentinel; /* a value for that key; NULL: none is known */
	const char *good;     /* a line that it answers; NULL: any */
	const char *bad;      /* one that it answers with an error; NULL: none is known */
};

/* The row of a service's program. NULL: there is none. */
const struct remedy *remedy_find(const struct program_spec *s);
/* What helps where its output is kept back, as a clause: "terminal = output, or sed -u". New
 * memory. */
char *remedy_buffered(const struct program_spec *s);
/* What helps where a request may have no line, or several. New memory. */
char *remedy_counted(const struct program_spec *s);
/* What helps where it greets, or prompts. New memory. */
char *remedy_prompt(const struct program_spec *s);

/* Rows by number; NULL past the last. */
const struct remedy *remedy_at(size_t i);

#endif
