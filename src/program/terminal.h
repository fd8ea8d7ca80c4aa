/* A pseudo-terminal for the output of a program, so that its library writes each line at once. Raw:
 * bytes pass as they are. Its input is none: that is a pipe. */
#ifndef PROGRAM_TERMINAL_H
#define PROGRAM_TERMINAL_H

/* 0 with both ends, which the caller owns; ours does not block. -1 with errno. */
int terminal_open(int *ours, int *theirs);

#endif
