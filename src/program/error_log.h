/*
 * What a program writes to standard error: each line is kept in its node's own log
 * (wire/log_ring.h), and is a line of dtreed's log, with the service and the process. A line that
 * is too long is cut, and said to be; what is too much for dtreed's log is dropped there, counted,
 * and said to be.
 */
#ifndef PROGRAM_ERROR_LOG_H
#define PROGRAM_ERROR_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bucket.h"
#include "base/log.h"
#include "wire/log_ring.h"

/* The longest line that is kept whole. */
#define ERROR_LOG_LINE LOG_RING_LINE
/* Lines that are logged at once, and a second. */
#define ERROR_LOG_BURST  100
#define ERROR_LOG_SECOND 20

struct error_log {
	char *area;            /* owned: "NAME[PID]" */
	struct log_ring *ring; /* borrowed; NULL: nothing is kept */
	pid_t pid;
	size_t size;
	struct bucket bucket; /* of lines that are logged */
	unsigned long dropped;
	bool cut;                  /* the rest of this line is dropped */
	char line[ERROR_LOG_LINE]; /* the one that is coming in */
	char last[ERROR_LOG_LINE]; /* the last whole one */
	size_t last_size;
};

/* *log is zero. The name is copied, the ring borrowed. */
void error_log_begin(struct error_log *log, struct log_ring *ring, const char *name, pid_t pid);
void error_log_take(struct error_log *log, const char *bytes, size_t n);
/* What it says in another way: whole lines, whatever standard error has of one so far. */
void error_log_say(struct error_log *log, enum log_level level, const char *text, size_t n);
/* Nothing more comes: half a line is a line. */
void error_log_end(struct error_log *log);
/* The last whole line, printable: new memory. */
char *error_log_last(const struct error_log *log);
void error_log_free(struct error_log *log);

#endif
