/* What the ways of trying a service share (check.h). */
#ifndef PROGRAM_CHECKING_H
#define PROGRAM_CHECKING_H

#include "program/check.h"
#include "program/environment.h"

/* How long the first answer may take, where the service allows more, and each after it. */
#define CHECK_FIRST_MS  5000
#define CHECK_ANSWER_MS 1000
/* What comes so long behind an answer belongs to it. */
#define CHECK_SETTLE_MS 150

struct checking {
	struct ev_loop *loop;      /* borrowed, as all without a mark */
	struct program_spec *spec; /* taken over by the check that runs it */
	struct program_node node;
	char *const *good;
	char *const *bad; /* NULL: none is known */
	struct check_report *report;
};

/* What programs of that service say is heard from now on, instead of logged. */
void checking_begin(const char *name);
void checking_end(void);
/* Waits for a condition; false: it did not come in time. */
bool checking_await(const struct checking *c, int64_t ms, bool (*there)(void *arg), void *arg);
/* One step more, which has no answer yet. */
struct check_step *checking_step(const struct checking *c, const char *what, char *const *args);
/* The first fault counts; false. Strings are taken over; remedy may be NULL. */
bool checking_fault(const struct checking *c, char *fault, char *remedy);
/* The first note counts; taken over. */
void checking_note(const struct checking *c, char *note);
/* Lines that programs have said on standard error so far, and the last of them. */
size_t checking_said(void);
char *checking_word(void);
/* The arguments joined by blanks. New memory. */
char *checking_line(char *const *args);

void check_lines(const struct checking *c);
/* A process for each request, or messages. */
void check_engine(const struct checking *c);

#endif
