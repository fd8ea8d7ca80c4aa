/*
 * The reader. The file may be written meanwhile, and may be anything: the positions are read
 * before and behind the bytes, and what was written over in between is left out; every number in it
 * is checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/log_ring.h"

/* Where the positions moved while they were read. */
#define TRIES 4

struct span {
	uint64_t tail;
	uint64_t head;
};

static bool log_file_get(int fd, void *bytes, size_t n, size_t at)
{
	ssize_t got;

	do
		got = pread(fd, bytes, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)n;
}

/* A writer clears the magic first and writes it last. */
static bool log_file_begun(int fd)
{
	static const char none[sizeof LOG_RING_MAGIC - 1];
	char magic[sizeof none];

	return log_file_get(fd, magic, sizeof magic, 0) && memcmp(magic, none, sizeof none) != 0;
}

/* 0: there is no such file, or its writer has only begun to make it; -1 with errno. */
static int log_file_open(const char *path, int *fd)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= (off_t)LOG_RING_SIZE)
		return log_file_begun(*fd);
	errno = EINVAL;
	return -1;
}

static bool read_span(int fd, struct span *span)
{
	struct log_ring_head head;

	if (!log_file_get(fd, &head, sizeof head, 0) ||
	    memcmp(head.magic, LOG_RING_MAGIC, sizeof head.magic) != 0 ||
	    head.form != LOG_RING_FORM)
		return false;
	*span = (struct span){atomic_load(&head.tail), atomic_load(&head.head)};
	return span->tail % 8 == 0 && span->head % 8 == 0 && span->tail <= span->head &&
	       span->head - span->tail <= LOG_RING_ROOM;
}

/* The bytes from tail to head, one after the other. */
static bool read_bytes(int fd, const struct span *span, char *bytes)
{
	size_t n = (size_t)(span->head - span->tail);
	size_t from = (size_t)(span->tail % LOG_RING_ROOM);
	size_t first = LOG_RING_ROOM - from;
	const size_t base = sizeof(struct log_ring_head);

	if (first > n)
		first = n;
	return log_file_get(fd, bytes, first, base + from) &&
	       log_file_get(fd, bytes + first, n - first, base);
}

/* The record at `at` of n bytes: its size, 0 where it is none. */
static size_t take_record(const char *bytes, size_t n, size_t at, struct log_line *line)
{
	struct log_record record;
	size_t room;

	if (n - at < sizeof record)
		return 0;
	memcpy(&record, bytes + at, sizeof record);
	if (record.size > LOG_RING_LINE || record.number == 0 || record.pid < 0 || record.time < 0)
		return 0;
	room = log_record_room(record.size);
	if (room > n - at)
		return 0;
	*line = (struct log_line){.number = record.number,
	                          .time = record.time,
	                          .pid = record.pid,
	                          .cut = record.cut,
	                          .text = bytes + at + sizeof record,
	                          .size = record.size};
	return memchr(line->text, '\n', line->size) ? 0 : room;
}

/* Records follow each other without a gap up to the end; those before a gap are not to be trusted.
 * from: the first byte that was not written over. false: there is no such chain. */
static bool take_records(struct log_lines *lines, size_t n, size_t from)
{
	struct log_line line;
	size_t size;

	lines->count = 0;
	for (size_t at = from; at < n; at += size) {
		size = take_record(lines->bytes, n, at, &line);
		if (!size)
			return false;
		if (lines->count && line.number != lines->items[lines->count - 1].number + 1)
			lines->count = 0;
		lines->items[lines->count++] = line;
	}
	return true;
}

/* false: it was read while it was written, or does not add up. */
static bool log_file_try(int fd, struct log_lines *lines)
{
	struct span before;
	struct span after;
	uint64_t from;

	if (!read_span(fd, &before) || !read_bytes(fd, &before, lines->bytes) ||
	    !read_span(fd, &after))
		return false;
	from = after.tail > before.tail ? after.tail : before.tail;
	if (from > before.head)
		return false;
	lines->position = before.head;
	return take_records(lines, (size_t)(before.head - before.tail),
	                    (size_t)(from - before.tail));
}

int log_lines_read(const char *path, struct log_lines *lines, struct error *err)
{
	cleanup_close int fd = -1;
	int there = log_file_open(path, &fd);

	*lines = (struct log_lines){0};
	if (there < 0)
		return error_set(err, ERR_INTERNAL, "%s: %s", path,
		                 errno == EINVAL ? "it is no log of a node" : strerror(errno));
	if (!there)
		return 0;
	lines->bytes = mem_new(LOG_RING_ROOM);
	lines->items =
	    mem_new_array(LOG_RING_ROOM / sizeof(struct log_record), sizeof *lines->items);
	for (int i = 0; i < TRIES; i++)
		if (log_file_try(fd, lines))
			return 0;
	log_lines_free(lines);
	return error_set(err, ERR_INTERNAL, "%s: it is damaged", path);
}

void log_lines_free(struct log_lines *lines)
{
	free(lines->items);
	free(lines->bytes);
	*lines = (struct log_lines){0};
}

uint64_t log_lines_position(const char *path)
{
	cleanup_close int fd = -1;
	struct span span;

	return log_file_open(path, &fd) > 0 && read_span(fd, &span) ? span.head : 0;
}
