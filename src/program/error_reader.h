/* Reads what a program writes to standard error into its log: seldom, and behind requests. */
#ifndef PROGRAM_ERROR_READER_H
#define PROGRAM_ERROR_READER_H

#include <ev.h>
#include <sys/types.h>

#include "loop/timer.h"
#include "program/error_log.h"

struct error_reader {
	struct ev_loop *loop; /* borrowed */
	int fd;               /* or -1: closed */
	ev_io readable;
	struct timer rest; /* before it is read again */
	struct error_log log;
};

/* *r is zero. Takes the descriptor; else as error_log_begin(). */
void error_reader_begin(struct error_reader *r, struct ev_loop *loop, int fd, struct log_ring *ring,
                        const char *name, pid_t pid);
/* What is there now. */
void error_reader_read(struct error_reader *r);
/* The program has ended: what its pipe still has is the last. */
void error_reader_end(struct error_reader *r);
void error_reader_free(struct error_reader *r);

#endif
