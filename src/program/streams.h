/*
 * The standard streams of a program: a pipe each, as /dev/stdin and its like cannot be opened where
 * they are sockets. Its output may be a pseudo-terminal instead, raw, so that its library writes
 * each line at once.
 */
#ifndef PROGRAM_STREAMS_H
#define PROGRAM_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

/* At the end of a program: what it wrote is in a pipe, which holds no more than so many reads. */
#define STREAMS_DRAIN 64

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
/* What our end of a stream has now, up to 64 KiB: 1, and the bytes, which are there until the next
 * call; 0: there is nothing now; -1: there will be nothing more. */
int streams_read(int fd, const char **bytes, size_t *n);

#endif
