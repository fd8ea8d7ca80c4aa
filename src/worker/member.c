/* Invariant: a member stands under the newest link that said hello; `changed` is by version; the
 * sum of digests is that of the members that are REPORT_HERE. */
#include "worker/member.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"

struct member *member_find(const struct members *m, int id)
{
	struct member *member;

	HASH_FIND_INT(m->table, &id, member);
	return member;
}

static bool is_link(const struct member *member, const struct link_name *name)
{
	return member && member->name.incarnation == name->incarnation &&
	       member->name.generation == name->generation;
}

/* Whether it counts in the sum of digests may change with its state. */
static void set_state(struct members *m, struct member *member, enum report_state state)
{
	if (member->state == REPORT_HERE)
		m->digest -= member->digest;
	member->state = state;
	if (member->state == REPORT_HERE)
		m->digest += member->digest;
}

static void change(struct members *m, struct member *member, enum report_state state)
{
	set_state(m, member, state);
	member->version = ++m->version;
	DL_DELETE(m->changed, member);
	DL_APPEND(m->changed, member);
}

bool member_here(struct members *m, const struct link_name *name)
{
	struct member *member = member_find(m, name->id);

	if (is_link(member, name) && member->state == REPORT_HERE)
		return false;
	if (!member) {
		member = mem_new(sizeof *member);
		member->id = name->id;
		HASH_ADD_INT(m->table, id, member);
		DL_APPEND(m->changed, member);
	}
	if (!is_link(member, name)) {
		set_state(m, member, REPORT_LEFT);
		member->digest = 0;
	}
	member->name = *name;
	member->owed = 0;
	change(m, member, REPORT_HERE);
	return true;
}

bool member_silent(struct members *m, const struct link_name *name, int64_t silent_ms)
{
	struct member *member = member_find(m, name->id);

	if (!is_link(member, name) || member->state == REPORT_SILENT)
		return false;
	member->heard = clock_ms() - silent_ms;
	change(m, member, REPORT_SILENT);
	return true;
}

bool member_left(struct members *m, const struct link_name *name)
{
	struct member *member = member_find(m, name->id);

	if (!is_link(member, name) || member->state == REPORT_LEFT)
		return false;
	change(m, member, REPORT_LEFT);
	return true;
}

bool member_beat(struct members *m, const struct link_name *name, uint64_t digest)
{
	struct member *member = member_find(m, name->id);

	if (!is_link(member, name) || member->digest == digest)
		return false;
	if (member->state == REPORT_HERE)
		m->digest += digest - member->digest;
	member->digest = digest;
	return true;
}

static void drop(struct members *m, struct member *member)
{
	set_state(m, member, REPORT_LEFT);
	DL_DELETE(m->changed, member);
	HASH_DEL(m->table, member);
	free(member);
}

bool member_gone(struct members *m, const struct link_name *name)
{
	struct member *member = member_find(m, name->id);

	if (!member || member->name.incarnation != name->incarnation ||
	    member->name.generation > name->generation)
		return false;
	drop(m, member);
	return true;
}

void members_free(struct members *m)
{
	struct member *member;
	struct member *next;

	HASH_ITER (hh, m->table, member, next) {
		drop(m, member);
	}
}
