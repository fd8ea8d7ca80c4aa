/*
 * Places of a file that processes hold (fcntl(2), record locks). Such a lock is a process's own: a
 * child does not inherit it, not even between fork and exec, and it is gone when the process is. It
 * is also gone when the process closes any descriptor of that file: open it once and keep it.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* In a file whose other places are those of nodes' lives, the place of dtreed. */
#define DAEMON_PLACE 0

enum lock_state {
	LOCK_FREE,    /* nobody has it, or this process */
	LOCK_HELD,    /* a process has it */
	LOCK_UNKNOWN, /* it cannot be told; errno says why */
};

/* 0: this process has the place, until it ends; -1 with errno: EAGAIN where another one has it. The
 * descriptor is open for writing. */
int lock_take(int fd, uint32_t place);
void lock_drop(int fd, uint32_t place);
/* Who has it? *holder is 0 for one that cannot be seen from here: of another process id namespace,
 * or of another machine. */
enum lock_state lock_look(int fd, uint32_t place, pid_t *holder);
/* Has that very process the place? */
bool lock_is_held_by(int fd, uint32_t place, pid_t pid);

#endif
