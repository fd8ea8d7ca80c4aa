/* A client's blocking socket: every wait ends at a deadline or when the benchmark is stopped. */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "wire/line.h"

/* A listening socket at a path; -1 on failure. */
int talk_listen(const char *path, struct error *err);
/* Connects: the descriptor, or -1. */
int talk_connect(const char *path, struct error *err);

int talk_write(int fd, const void *bytes, size_t n, struct error *err);
/* At least one byte, at most n: how many, or -1. */
ssize_t talk_some(int fd, void *bytes, size_t n, struct error *err);
/* Exactly n bytes. */
int talk_read(int fd, void *bytes, size_t n, struct error *err);

/* A connection that is read by lines. */
struct talk {
	int fd; /* -1: not connected */
	struct line_reader lines;
};

/* On failure, too, the caller closes. */
int talk_open(struct talk *talk, const char *path, struct error *err);
/* It may be open, closed, or have been all zero but for its fd. */
void talk_close(struct talk *talk);
/* The next line, borrowed until the next call. */
int talk_line(struct talk *talk, char **line, size_t *n, struct error *err);
/* Is there a line that needs no read? As talk_line(), with 1 or 0; -1 on failure. */
int talk_line_ready(struct talk *talk, char **line, size_t *n, struct error *err);

#endif
