/*
 * Processes that come to this one as their subreaper, when their own parents have ended.
 *
 * A program of a user carries a mark, which what it starts inherits: the soft limit of
 * RLIMIT_LOCKS, which no kernel since Linux 2.4.25 looks at. Unlike the environment it is read
 * without the process's own memory, which may be slow to answer, and it stays when a program
 * rewrites its environment or starts another with none.
 */
#ifndef BASE_DESCENDANTS_H
#define BASE_DESCENDANTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Orphans below this process come to it from now on. */
void descendants_adopt(void);

/* Marks this process, as one of the tree of that dtreed. Between fork and exec, too. Where the hard
 * limit forbids it there is no mark. */
void descendants_mark(pid_t dtreed);
/* Is it marked so? false also where this process may not know. */
bool descendants_marked(pid_t pid, pid_t dtreed);

/* Each child of this process, living or not reaped yet: of any of its threads, as it started them
 * or as they came. None where /proc does not tell. */
void descendants_visit(void (*visit)(void *arg, pid_t pid), void *arg);

/* SIGKILL to a child of ours that was not started here, with its process group, so that a group
 * that forks does not outrun it. */
void descendants_kill(pid_t pid);

#endif
