/*
 * The standard streams of a program: a pipe each, as /dev/stdin and its like cannot be opened where
 * they are sockets. Its output may be a pseudo-terminal instead, raw, so that its library writes
 * each line at once.
 */
#ifndef PROGRAM_STREAMS_H
#define PROGRAM_STREAMS_H

#include <stdbool.h>

/* By number: 0 standard input, 1 output, 2 error. -1: not there. Ours do not block, the program's
 * do. */
struct streams {
	int ours[3];
	int theirs[3];
};

/* 0, or -1 with errno, and nothing is open. */
int streams_open(struct streams *s, bool terminal);
void streams_close_theirs(struct streams *s);
void streams_close(struct streams *s);

#endif
