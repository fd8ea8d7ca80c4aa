/*
 * Allocation that ends the process instead of failing, and the byte buffer. Owns the reserve.
 */
#include "base/mem.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An empty buffer larger than this gives its memory back. */
#define BUFFER_KEEP ((size_t)64 * 1024)
/* Most formatted texts are shorter, and are then formatted once. */
#define FORMAT_ROOM ((size_t)160)
/* See mem_keep(). */
#define KEEP (1024 * 1024)

/* Exits in order: nothing needs cleaning up, and a core dump would tell nothing. */
_Noreturn void mem_end(size_t size)
{
	char text[96];
	int n = snprintf(text, sizeof text, "%s: out of memory: %zu bytes are not to be had\n",
	                 program_invocation_short_name, size);
	struct pollfd ready = {STDERR_FILENO, POLLOUT, 0};

	/* Standard error may have no reader; the end must not wait for one. */
	if (poll(&ready, 1, 0) > 0) {
		ssize_t ignored = write(STDERR_FILENO, text, (size_t)n);
		(void)ignored;
	}
	_exit(EXIT_FAILURE);
}

/* Given back when the system has no memory; any thread may do it. */
static _Atomic(void *) reserve;
static size_t reserve_size;
static atomic_bool spent;

void mem_spend(void)
{
	spent = true;
	free(atomic_exchange(&reserve, NULL));
}

static void refill(void)
{
	if (!reserve)
		free(atomic_exchange(&reserve, malloc(reserve_size)));
	spent = !reserve;
}

void mem_reserve(size_t size)
{
	reserve_size = size;
	refill();
}

bool mem_short(void)
{
	if (spent)
		refill();
	return spent;
}

void mem_cleanup_free(void *pointer_to_pointer)
{
	void *p;

	memcpy(&p, pointer_to_pointer, sizeof p);
	free(p);
}

void mem_cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void *mem_new(size_t size)
{
	return mem_new_array(1, size);
}

void *mem_new_array(size_t count, size_t size)
{
	void *p;

	count = count ? count : 1;
	size = size ? size : 1;
	p = calloc(count, size);
	if (p)
		return p;
	mem_spend();
	p = calloc(count, size);
	if (!p)
		mem_end(count * size);
	return p;
}

void *mem_resize(void *old, size_t size)
{
	void *p = mem_try_resize(old, size);

	if (p)
		return p;
	mem_spend();
	p = mem_try_resize(old, size);
	if (!p)
		mem_end(size);
	return p;
}

void *mem_for_loop(void *old, long size)
{
	if (size > 0)
		return mem_resize(old, (size_t)size);
	free(old);
	return NULL;
}

void *mem_try(size_t size)
{
	return malloc(size ? size : 1);
}

void *mem_try_resize(void *old, size_t size)
{
	return realloc(old, size ? size : 1);
}

char *mem_string(const char *s)
{
	return mem_copy(s, strlen(s));
}

bool mem_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

char *mem_copy(const void *bytes, size_t n)
{
	char *copy = mem_resize(NULL, n + 1);

	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return copy;
}

char *mem_format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_end(0);
	s = mem_resize(NULL, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void mem_keep(void)
{
	mallopt(M_TRIM_THRESHOLD, KEEP);
	/* malloc adapts its thresholds only while neither is set (mallopt(3)). */
	mallopt(M_MMAP_THRESHOLD, KEEP);
}

void mem_trim(void)
{
	malloc_trim(0);
}

bool buffer_try(struct buffer *b, size_t n)
{
	size_t used = buffer_size(b);
	/* The bytes are moved only after at least half as many were taken since the last move:
	 * otherwise a long queue that is emptied in small steps would be moved at each step. */
	bool move = b->data && b->start >= used / 2 && b->room - used >= n;

	if (b->data && b->room - b->end >= n)
		return true;
	if (!move) {
		size_t room = b->room ? b->room : 256;
		char *data;
		if (n > SIZE_MAX / 4 - used)
			return false;
		while (room / 2 < used || room - used < n)
			room *= 2;
		data = mem_try_resize(b->data, room);
		if (!data)
			return false;
		b->data = data;
		b->room = room;
	}
	if (b->start && used)
		memmove(b->data, b->data + b->start, used);
	b->start = 0;
	b->end = used;
	return true;
}

char *buffer_grow(struct buffer *b, size_t n)
{
	if (!buffer_try(b, n)) {
		mem_spend();
		if (!buffer_try(b, n))
			mem_end(n);
	}
	return b->data + b->end;
}

void buffer_format(struct buffer *b, const char *fmt, ...)
{
	size_t room = FORMAT_ROOM;
	int n;

	for (;;) {
		va_list ap;

		va_start(ap, fmt);
		n = vsnprintf(buffer_reserve(b, room), room, fmt, ap);
		va_end(ap);
		if (n < 0)
			mem_end(0);
		if ((size_t)n < room)
			break;
		room = (size_t)n + 1;
	}
	buffer_claim(b, (size_t)n);
}

void buffer_take(struct buffer *b, size_t n)
{
	b->start += n;
	if (b->start < b->end)
		return;
	b->start = b->end = 0;
	if (b->room > BUFFER_KEEP)
		buffer_free(b);
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}
