/*
 * The signals of the shell: they are blocked and read from one descriptor, so that they are handled
 * only where the shell waits.
 */
#ifndef CTL_SIGNALS_H
#define CTL_SIGNALS_H

/* Blocks the signals that end the shell, and SIGCHLD, for which the end of a private tree waits.
 * Gives a descriptor that can be read when a signal that ends has come, or -1. Call it once. */
int signals_open(void);
/* The signals act as ever again, those first that have come and were not taken. */
void signals_close(int fd);
/* On a terminal: adds the signals of its size and of job control. */
void signals_terminal(int fd);
/* The next signal that has come; 0: none. */
int signals_take(int fd);
/* Ends this process as the signal would have, had it not been blocked. */
void signals_die(int number);
/* Stops this process as SIGTSTP does. Returns when it is continued. */
void signals_stop(void);

#endif
