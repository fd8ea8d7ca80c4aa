/* Do the indexes of names.c and the table of nodes agree? Owns nothing. */
#include <utlist.h>

#include "controller/node/invariants.h"
#include "controller/node/names.h"

/* The nodes of the table that have a name, and those that are in a group. */
static const char *check_labels(const struct controller *c, size_t *named, size_t *grouped)
{
	for (const struct node *n = c->nodes; n; n = n->hh.next) {
		const struct node_label *label = n->label;
		if (!label)
			continue;
		CHECK(!label->name == !label->entry && (!label->entry || label->entry->node == n));
		CHECK(!label->group == !label->member);
		*named += label->entry != NULL;
		*grouped += label->member != NULL;
	}
	return NULL;
}

const char *names_valid(const struct controller *c)
{
	size_t named = 0;
	size_t grouped = 0;
	const char *wrong = check_labels(c, &named, &grouped);

	if (wrong)
		return wrong;
	for (const struct node_name *entry = c->names; entry; entry = entry->hh.next) {
		CHECK(entry->node || entry->claims);
		named -= entry->node != NULL;
	}
	for (const struct node_group *group = c->groups; group; group = group->hh.next) {
		const struct node *n;
		size_t count;
		DL_COUNT2(group->nodes, n, count, label->group_next);
		CHECK(count && count == group->count);
		grouped -= count;
	}
	CHECK(!named && !grouped);
	return NULL;
}
