/*
 * The signals of the shell: blocked, and read from one descriptor, so that they are seen wherever
 * it waits and nowhere else.
 */
#ifndef CTL_SIGNALS_H
#define CTL_SIGNALS_H

/* Blocks what ends the shell, and SIGCHLD: the end of a private tree waits for it. The descriptor
 * that can be read when one that ends has come, or -1. Once. */
int signals_open(void);
/* On a terminal: also what tells of its size and of job control. */
void signals_terminal(int fd);
/* The next that has come; 0: none. */
int signals_take(int fd);
/* Stops this process as SIGTSTP does. Comes back when it goes on. */
void signals_stop(void);

#endif
