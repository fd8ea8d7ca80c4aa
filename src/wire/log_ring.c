/*
 * The writer. It keeps its own copy of what it has written of the head, so that nobody who writes
 * into the file leads it out of the file.
 *
 * Invariant: records from tail to head are whole, in this process's eyes and in the file's.
 */
#include "wire/log_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define LOOK_US 1000000

_Static_assert(sizeof(struct log_ring_head) == 64, "a line of the cache");
_Static_assert(LOG_RING_ROOM % 8 == 0, "no head of a record is in two places");

struct log_ring {
	char *path;
	struct log_ring_head *map; /* NULL: it is not mapped */
	bool failed;               /* and could not be, which was logged */
	int64_t looked;            /* clock_wall_us(): at the file */
	dev_t dev;                 /* of the file that is mapped */
	ino_t ino;
	uint64_t tail;
	uint64_t head;
	uint64_t number; /* of the newest record */
};

struct log_ring *log_ring_new(const char *path)
{
	struct log_ring *r = mem_new(sizeof *r);

	r->path = mem_string(path);
	return r;
}

static void ring_unmap(struct log_ring *r)
{
	if (r->map)
		munmap(r->map, LOG_RING_SIZE);
	r->map = NULL;
}

void log_ring_free(struct log_ring *r)
{
	if (!r)
		return;
	ring_unmap(r);
	free(r->path);
	free(r);
}

static char *ring_at(const struct log_ring *r, uint64_t position)
{
	return (char *)(r->map + 1) + position % LOG_RING_ROOM;
}

static void ring_store(struct log_ring *r, uint64_t position, const void *bytes, size_t n)
{
	size_t first = LOG_RING_ROOM - position % LOG_RING_ROOM;

	if (first > n)
		first = n;
	memcpy(ring_at(r, position), bytes, first);
	memcpy(r->map + 1, (const char *)bytes + first, n - first);
}

/* Empty, whatever was in it. The magic comes last. */
static void ring_clear(struct log_ring *r)
{
	memset(r->map->magic, 0, sizeof r->map->magic);
	atomic_thread_fence(memory_order_release);
	r->tail = r->head = r->number = 0;
	r->map->form = LOG_RING_FORM;
	atomic_store(&r->map->tail, 0);
	atomic_store(&r->map->head, 0);
	atomic_thread_fence(memory_order_release);
	memcpy(r->map->magic, LOG_RING_MAGIC, sizeof r->map->magic);
}

/* Goes on behind what a former life wrote, if that is good: tail and number are those of the
 * readable part. */
static void ring_resume(struct log_ring *r)
{
	struct log_lines lines;
	struct error err;
	size_t size = 0;

	if (log_lines_read(r->path, &lines, &err) == 0 && lines.count) {
		for (size_t i = 0; i < lines.count; i++)
			size += log_record_room(lines.items[i].size);
		r->head = lines.position;
		r->tail = r->head - size;
		r->number = lines.items[lines.count - 1].number;
		log_lines_free(&lines);
	} else {
		ring_clear(r);
	}
}

/* All of it is there before it is mapped: a write to a page that the file system has no room for
 * would end the process. */
static int ring_map(struct log_ring *r, struct error *err)
{
	cleanup_close int fd =
	    open(r->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;
	void *map;
	int why;

	if (fd < 0 || fstat(fd, &st))
		return error_set(err, ERR_INTERNAL, "%s: %s", r->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INTERNAL, "%s: it is no file", r->path);
	if (st.st_size != (off_t)LOG_RING_SIZE && ftruncate(fd, 0))
		return error_set(err, ERR_INTERNAL, "%s: %s", r->path, strerror(errno));
	do
		why = posix_fallocate(fd, 0, (off_t)LOG_RING_SIZE);
	while (why == EINTR);
	if (why) {
		unlink(r->path);
		return error_set(err, ERR_INTERNAL, "%s: %s", r->path, strerror(why));
	}
	map = mmap(NULL, LOG_RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return error_set(err, ERR_INTERNAL, "%s: %s", r->path, strerror(errno));
	r->map = map;
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	ring_resume(r);
	return 0;
}

/* Is it there? It is looked at once a second, and made if it is gone. */
static bool ring_ready(struct log_ring *r, int64_t now)
{
	struct stat st;
	struct error err;

	if (now >= r->looked && now - r->looked < LOOK_US)
		return r->map;
	r->looked = now;
	if (r->map && (stat(r->path, &st) || st.st_dev != r->dev || st.st_ino != r->ino))
		ring_unmap(r);
	if (r->map || ring_map(r, &err) == 0) {
		r->failed = false;
		return true;
	}
	if (!r->failed)
		log_warn("program", "what it says is not kept: %s", err.text);
	r->failed = true;
	return false;
}

/* The oldest records go until there is room. Positions are seen to move before their bytes do. */
static void ring_make_room(struct log_ring *r, size_t n)
{
	uint64_t tail = r->tail;

	while (r->head + n - tail > LOG_RING_ROOM) {
		uint32_t size;
		memcpy(&size, ring_at(r, tail), sizeof size);
		/* Somebody else wrote there. */
		if (size > LOG_RING_LINE || log_record_room(size) > r->head - tail)
			tail = r->head;
		else
			tail += log_record_room(size);
	}
	if (tail == r->tail)
		return;
	r->tail = tail;
	atomic_store_explicit(&r->map->tail, tail, memory_order_release);
	atomic_thread_fence(memory_order_release);
}

void log_ring_add(struct log_ring *r, pid_t pid, const char *line, size_t n, bool cut)
{
	struct log_record record = {
	    .size = (uint32_t)n, .pid = pid, .time = clock_wall_us(), .cut = cut};

	if (!r || !ring_ready(r, record.time))
		return;
	record.number = ++r->number;
	ring_make_room(r, log_record_room(n));
	ring_store(r, r->head, &record, sizeof record);
	ring_store(r, r->head + sizeof record, line, n);
	r->head += log_record_room(n);
	atomic_store_explicit(&r->map->head, r->head, memory_order_release);
}
