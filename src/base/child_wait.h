/*
 * Children that a thread beside the loop's waits for by itself: the reaper of all
 * other children leaves them alone. Any thread.
 */
#ifndef BASE_CHILD_WAIT_H
#define BASE_CHILD_WAIT_H

#include <stdbool.h>
#include <sys/types.h>

/* Call it before the child is made, and child_wait_made() behind that, with 0 or less where there
 * is none: in between child_wait_has() waits, as the child may end before its id is known. */
void child_wait_begin(void);
void child_wait_made(pid_t pid);
/* It was waited for. */
void child_wait_over(pid_t pid);
bool child_wait_has(pid_t pid);

#endif
