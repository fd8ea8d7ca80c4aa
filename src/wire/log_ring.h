/*
 * What a node's program has said last, a line each, in a file of a fixed size that the node's
 * worker maps. It outlives the worker: a line is there as soon as it is written, without a system
 * call, and whatever the worker dies of, the file holds whole lines.
 *
 * The file is a head and a ring of records. Positions count all bytes that were ever written; a
 * byte is found at its position modulo the room. What is from `tail` to `head` is whole: a writer
 * moves `tail` on before it writes over the oldest records, and `head` when its record is complete.
 *
 * A reader trusts nothing of it (log_lines.c). It maps nothing, as a file may be cut off.
 */
#ifndef WIRE_LOG_RING_H
#define WIRE_LOG_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Bytes of the file, and of its ring. */
#define LOG_RING_SIZE ((size_t)256 * 1024)
#define LOG_RING_ROOM (LOG_RING_SIZE - sizeof(struct log_ring_head))
/* Bytes of a line. */
#define LOG_RING_LINE ((size_t)1024)

#define LOG_RING_MAGIC "dtreelog"

struct log_ring_head {
	char magic[8];
	uint64_t form; /* LOG_RING_FORM */
	_Atomic uint64_t tail;
	_Atomic uint64_t head;
	uint64_t unused[4];
};

#define LOG_RING_FORM 1

/* Each begins at a multiple of its alignment; behind it is the text. */
struct log_record {
	uint32_t size; /* of the text */
	int32_t pid;
	uint64_t number;
	int64_t time; /* clock_wall_us() */
	uint32_t cut;
	uint32_t unused;
};

/* Bytes that a record with n bytes of text takes. */
static inline size_t log_record_room(size_t n)
{
	return (sizeof(struct log_record) + n + 7) & ~(size_t)7;
}

/* ---- the writer: one, in one thread ---- */

struct log_ring;

/* Nothing is made before the first line. path is copied. */
struct log_ring *log_ring_new(const char *path);
void log_ring_free(struct log_ring *r);
/* Adds a line of at most LOG_RING_LINE bytes. cut: it was longer. Where there can be no file, that
 * is logged once, and lines are dropped. A file that somebody took away is made anew, a second
 * later at the most. NULL: nothing is kept. */
void log_ring_add(struct log_ring *r, pid_t pid, const char *line, size_t n, bool cut);

/* ---- a reader ---- */

struct log_line {
	uint64_t number; /* from 1, one more with each line */
	int64_t time;    /* microseconds since 1970 */
	pid_t pid;
	bool cut;         /* it was longer */
	const char *text; /* any bytes but newlines; borrowed from the lines */
	size_t size;
};

struct log_lines {
	struct log_line *items; /* owned; the oldest first */
	size_t count;
	char *bytes;       /* owned */
	uint64_t position; /* as of log_lines_position() */
};

/* All lines that a file holds; none where there is no file. -1: it cannot be read, or is none of
 * ours; what in it does not add up is left out, with all that is older. */
int log_lines_read(const char *path, struct log_lines *lines, struct error *err);
void log_lines_free(struct log_lines *lines);
/* Changes when a line is added; 0: there is none. */
uint64_t log_lines_position(const char *path);

#endif
