/* Invariant: a member stands under the newest link that said hello. */
#include "worker/member.h"

#include <stdlib.h>

#include "base/mem.h"

struct member *member_find(struct member *table, int id)
{
	struct member *member;

	HASH_FIND_INT(table, &id, member);
	return member;
}

void member_here(struct member **table, const struct link_name *name)
{
	struct member *member = member_find(*table, name->id);

	if (!member) {
		member = mem_new(sizeof *member);
		member->id = name->id;
		HASH_ADD_INT(*table, id, member);
	}
	member->name = *name;
	member->silent = false;
	member->owed = 0;
}

bool member_silent(struct member *table, const struct link_name *name)
{
	struct member *member = member_find(table, name->id);

	if (!member || member->name.incarnation != name->incarnation)
		return false;
	member->silent = true;
	return true;
}

static void drop(struct member **table, struct member *member)
{
	HASH_DEL(*table, member);
	free(member);
}

bool member_gone(struct member **table, const struct link_name *name)
{
	struct member *member = member_find(*table, name->id);

	if (!member || member->name.incarnation != name->incarnation ||
	    member->name.epoch > name->epoch)
		return false;
	drop(table, member);
	return true;
}

void members_free(struct member **table)
{
	struct member *member;
	struct member *next;

	HASH_ITER (hh, *table, member, next) {
		drop(table, member);
	}
}
