/*
 * Owns the items.
 * Invariant: one that is neither to be, nor written, nor dirty is not there.
 */
#include "controller/registry/cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"

#define HEAD_NAME "head"

/* One text may stand for both. */
static void let_go(char *text, const char *other)
{
	if (text != other)
		free(text);
}

static void item_free(struct items *items, struct item *item)
{
	HASH_DEL(items->all, item);
	let_go(item->wanted, item->written);
	free(item->written);
	free(item);
}

void items_free(struct items *items)
{
	struct item *item;
	struct item *next;

	HASH_ITER (hh, items->all, item, next)
		item_free(items, item);
}

struct item_name item_name(const struct item *item)
{
	struct item_name name;

	if (item->key == ITEM_HEAD)
		snprintf(name.text, sizeof name.text, HEAD_NAME);
	else
		snprintf(name.text, sizeof name.text, "%" PRIu32, (uint32_t)item->key);
	return name;
}

struct item *item_find(const struct items *items, int64_t key)
{
	struct item *item;

	HASH_FIND(hh, items->all, &key, sizeof key, item);
	return item;
}

static struct item *item_add(struct items *items, int64_t key)
{
	struct item *item = mem_new(sizeof *item);

	item->key = key;
	HASH_ADD(hh, items->all, key, sizeof item->key, item);
	return item;
}

static int parse_name(const char *name, size_t size, int64_t *key)
{
	char same[16];

	*key = ITEM_HEAD;
	if (size == strlen(HEAD_NAME) && memcmp(name, HEAD_NAME, size) == 0)
		return 0;
	if (parse_range(name, size, "data id", 0, UINT32_MAX, key, NULL))
		return -1;
	/* No zeros in front. */
	return (size_t)snprintf(same, sizeof same, "%" PRId64, *key) == size ? 0 : -1;
}

int item_load(struct items *items, const char *name, size_t name_size, const char *text,
              size_t text_size, struct error *err)
{
	struct item *item;
	int64_t key;

	if (parse_name(name, name_size, &key) || item_find(items, key))
		return error_set(err, ERR_INTERNAL, "it holds a name that cannot be");
	if (memchr(text, '\0', text_size))
		return error_set(err, ERR_INTERNAL, "it holds a text that cannot be");
	item = item_add(items, key);
	item->wanted = item->written = mem_copy(text, text_size);
	return 0;
}

void item_soil(struct items *items, struct item *item)
{
	if (item->dirty)
		return;
	item->dirty = true;
	DL_APPEND(items->dirty, item);
}

bool item_want(struct items *items, int64_t key, char *text)
{
	struct item *item = item_find(items, key);

	if (mem_same(text, item ? item->wanted : NULL)) {
		free(text);
		return false;
	}
	if (!item)
		item = item_add(items, key);
	let_go(item->wanted, item->written);
	item->wanted = text;
	item_soil(items, item);
	return true;
}

static void free_unused(struct items *items, struct item *item)
{
	if (!item->wanted && !item->written && !item->dirty)
		item_free(items, item);
}

bool item_clean(struct items *items, struct item *item)
{
	bool same = mem_same(item->wanted, item->written);

	DL_DELETE(items->dirty, item);
	item->dirty = false;
	if (same)
		free_unused(items, item);
	return !same;
}

void item_wrote(struct items *items, struct item *item, char *text)
{
	let_go(item->written, item->wanted);
	item->written = text;
	if (text && mem_same(text, item->wanted)) {
		free(item->wanted);
		item->wanted = text;
	}
	free_unused(items, item);
}
