/*
 * Memory: allocation that cannot fail, cleanup attributes, and a byte buffer.
 *
 * Sizes that come from outside are bounded before anything is allocated, so a failed allocation
 * means that the machine or the limit of the process is exhausted. Then the reserve is given back,
 * and until there is a new one mem_short() tells callers to refuse new work. If that is not enough,
 * the process ends with a status and a line that says why; it is started again as after kill -9,
 * and nothing acknowledged is lost. mem_try() is for sizes that a peer chose: it may fail, and does
 * not touch the reserve.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Frees the pointer at the end of its scope: `cleanup_free char *path = NULL;`. */
#define cleanup_free __attribute__((cleanup(mem_cleanup_free)))
/* Closes the descriptor at the end of its scope, unless it is negative. */
#define cleanup_close __attribute__((cleanup(mem_cleanup_close)))

void mem_cleanup_free(void *pointer_to_pointer);
void mem_cleanup_close(int *fd);

/* Never NULL; zeroed; owned by the caller, who frees with free(). */
void *mem_new(size_t size);
void *mem_new_array(size_t count, size_t size);
/* Never NULL; added memory is not zeroed. */
void *mem_resize(void *old, size_t size);
/* NULL where there is no memory; not zeroed. For sizes that a peer chose. */
void *mem_try(size_t size);
/* mem_resize() for sizes that a peer chose: NULL where there is no memory, and then `old` is as it
 * was. */
void *mem_try_resize(void *old, size_t size);
/* Copies; never NULL. mem_copy adds a NUL behind the n bytes. */
char *mem_string(const char *s);
char *mem_copy(const void *bytes, size_t n);
/* Are they the same text, or both NULL? */
bool mem_same(const char *a, const char *b);
/* printf into new memory; never NULL. */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* At the start: sets `size` bytes aside as the reserve. */
void mem_reserve(size_t size);
/* Is the reserve spent, and can it not be allocated again now? Any thread. */
bool mem_short(void);
/* For allocations inside a library: gives up the reserve, so that a second try may succeed. */
void mem_spend(void);
/* Ends the process for want of `size` bytes, which the line names. */
_Noreturn void mem_end(size_t size);
/* As realloc(), and free() for a size of 0, but never NULL else: for ev_set_allocator(). */
void *mem_for_loop(void *old, long size);
/* For a program whose need changes with every turn of its loop: malloc keeps up to 1 MiB of free
 * memory instead of returning it and asking for it again. Call it once, at the start. */
void mem_keep(void);
/* Returns free memory that malloc keeps to the system. It takes a fraction of a millisecond for
 * each MB: call it when idle. */
void mem_trim(void);

/*
 * A growable byte buffer that is filled at the end and emptied at the front. Zero-initialise it.
 * The caller bounds its size; the buffer has no bound.
 */
struct buffer {
	char *data;   /* owned */
	size_t start; /* first byte not yet taken */
	size_t end;   /* behind the last byte */
	size_t room;  /* allocated */
};

void buffer_format(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for n bytes at the end, for an n that a peer chose: false where there is no memory,
 * and the buffer is as it was. */
bool buffer_try(struct buffer *b, size_t n);
/* The same, and it does not fail: buffer_reserve() calls it where there is no room. */
char *buffer_grow(struct buffer *b, size_t n);
/* Drops n bytes at the front; an empty buffer gives large memory back. */
void buffer_take(struct buffer *b, size_t n);
void buffer_free(struct buffer *b);

/* Room for n bytes at the end, to be filled and then claimed with buffer_claim(). */
static inline char *buffer_reserve(struct buffer *b, size_t n)
{
	return n && b->room - b->end >= n ? b->data + b->end : buffer_grow(b, n);
}

static inline void buffer_claim(struct buffer *b, size_t n)
{
	b->end += n;
}

static inline void buffer_add(struct buffer *b, const void *bytes, size_t n)
{
	if (!n)
		return;
	memcpy(buffer_reserve(b, n), bytes, n);
	buffer_claim(b, n);
}

static inline void buffer_add_string(struct buffer *b, const char *s)
{
	buffer_add(b, s, strlen(s));
}

static inline size_t buffer_size(const struct buffer *b)
{
	return b->end - b->start;
}

/* NULL for a buffer that never held anything. */
static inline char *buffer_bytes(const struct buffer *b)
{
	/* An empty buffer may have no memory, and NULL takes no offset. */
	return b->data ? b->data + b->start : NULL;
}

#endif
