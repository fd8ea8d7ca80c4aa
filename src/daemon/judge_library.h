/*
 * Whether the libraries of declared services can be opened, and what they say of themselves. None
 * is opened here: the worker program does, in a process of its own for each, which has a time for
 * it. That it dies of it, or hangs, is the judgement.
 */
#ifndef DAEMON_JUDGE_LIBRARY_H
#define DAEMON_JUDGE_LIBRARY_H

#include "daemon/declare.h"
#include "daemon/mistakes.h"

/* worker: the program; without one nothing is judged. Each mistake begins with where `library` was
 * set. The summary and the usage of a library are those of its service where the configuration has
 * none. */
void judge_libraries(struct declarations *d, const char *worker, struct mistakes *found);

#endif
