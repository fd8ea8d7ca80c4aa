/*
 * Bytes of a file that processes lock (fcntl(2), record locks); each is a place. The lock belongs
 * to one process: a child does not inherit it, not even between fork and exec, and it ends with the
 * process. It also ends when the process closes any descriptor of that file: open the file once and
 * keep it.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The place of dtreed in the file whose other places belong to lives of nodes. */
#define DAEMON_PLACE 0

enum lock_state {
	LOCK_FREE,    /* no other process has it */
	LOCK_HELD,    /* a process has it */
	LOCK_UNKNOWN, /* unknown; errno says why */
};

/* 0: this process has the place until it ends. -1 with errno: EAGAIN where another process has it.
 * The descriptor must be open for writing. */
int lock_take(int fd, uint32_t place);
void lock_drop(int fd, uint32_t place);
/* Which process has it? *holder is 0 for a process that cannot be seen from here: one of another
 * process id namespace, or of another machine. */
enum lock_state lock_look(int fd, uint32_t place, pid_t *holder);
/* Does exactly this process have the place? */
bool lock_is_held_by(int fd, uint32_t place, pid_t pid);

#endif
