/* A client's blocking socket: every wait ends at a deadline or when the benchmark is stopped. */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include <stddef.h>

#include "base/error.h"
#include "wire/line.h"

/* A listening socket at a path; -1 on failure. */
int talk_listen(const char *path, struct error *err);
/* Connects: the descriptor, or -1. */
int talk_connect(const char *path, struct error *err);

int talk_write(int fd, const void *bytes, size_t n, struct error *err);
/* Exactly n bytes. */
int talk_read(int fd, void *bytes, size_t n, struct error *err);
/* At least one byte into the reader: see line_next(). */
int talk_fill(int fd, struct line_reader *reader, struct error *err);

#endif
