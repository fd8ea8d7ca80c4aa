/*
 * Descendants of programs whose own parents have ended. They come to this process, as their
 * subreaper, whatever session they are in: they are reaped when they end, and killed when no
 * program is left that they could belong to.
 *
 * One thread: the loop's. One in a process.
 */
#ifndef PROGRAM_ORPHANS_H
#define PROGRAM_ORPHANS_H

#include <ev.h>
#include <sys/types.h>

struct orphans;

struct orphans *orphans_new(struct ev_loop *loop);
/* Ends those that are there. */
void orphans_free(struct orphans *o);
/* A program of ours, which somebody else reaps. */
void orphans_add(struct orphans *o, pid_t program);
/* It was reaped. */
void orphans_remove(struct orphans *o, pid_t program);

#endif
