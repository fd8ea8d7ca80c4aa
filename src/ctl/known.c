/* A table by node. Invariant: an entry has a create under way, or one that succeeded. */
#include "ctl/known.h"

#include "base/mem.h"

/* Nodes that are remembered; beyond that dtreed is asked again for the oldest. */
#define KNOWN_MAX 65536

static struct known_service *entry_find(struct known_service *const *table, int id)
{
	struct known_service *k;

	HASH_FIND_INT(*table, &id, k);
	return k;
}

const struct known_service *known_find(struct known_service *const *table, int id)
{
	return entry_find(table, id);
}

void known_begin(struct known_service **table, int id)
{
	struct known_service *k = entry_find(table, id);

	if (!k) {
		k = mem_new(sizeof *k);
		k->id = id;
		HASH_ADD_INT(*table, id, k);
	}
	k->pending++;
}

static void entry_free(struct known_service **table, struct known_service *k)
{
	HASH_DEL(*table, k);
	free(k);
}

void known_end(struct known_service **table, int id, bool good, bool search)
{
	struct known_service *k = entry_find(table, id);

	k->pending--;
	if (good) {
		k->known = true;
		k->stale = false;
		k->search = search;
	}
	if (!k->pending && !k->known)
		entry_free(table, k);
	if (HASH_COUNT(*table) > KNOWN_MAX && !(*table)->pending)
		entry_free(table, *table);
}

void known_doubt(struct known_service *table)
{
	for (struct known_service *k = table; k; k = k->hh.next)
		k->stale = true;
}

void known_free(struct known_service **table)
{
	while (*table)
		entry_free(table, *table);
}
