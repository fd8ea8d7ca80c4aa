/*
 * A block that is handed out from the front. Invariant: `live` pieces of it are in use; at 0 it
 * begins anew. Pieces that do not fit come from malloc.
 */
#include "wire/json_pool.h"

#include <cjson/cJSON.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

/* A request of twenty arguments takes about 4 KiB. */
#define POOL_SIZE ((size_t)16 * 1024)

static struct {
	alignas(max_align_t) char bytes[POOL_SIZE];
	size_t used;
	size_t live;
} pool;

static void *json_pool_take(size_t size)
{
	size_t left = POOL_SIZE - pool.used;
	void *piece = pool.bytes + pool.used;

	if (!size || size > left)
		return mem_try(size);
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	pool.used += size < left ? size : left;
	pool.live++;
	return piece;
}

static void give_back(void *piece)
{
	uintptr_t at = (uintptr_t)piece - (uintptr_t)pool.bytes;

	if (at >= POOL_SIZE)
		free(piece);
	else if (--pool.live == 0)
		pool.used = 0;
}

void json_pool_use(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = json_pool_take, .free_fn = give_back});
}
