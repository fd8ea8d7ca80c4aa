/* Owns the entries of both indexes. Invariant: an entry has a node or a claim. */
#include "controller/node/names.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"

/* How much of a culprit an error repeats. */
#define SHOWN ((size_t)80)

static struct node_name *name_find(const struct controller *c, const char *name)
{
	struct node_name *entry;

	HASH_FIND_STR(c->names, name, entry);
	return entry;
}

static struct node_name *name_get(struct controller *c, const char *name)
{
	struct node_name *entry = name_find(c, name);

	if (entry)
		return entry;
	entry = mem_new(sizeof *entry);
	entry->name = mem_string(name);
	HASH_ADD_KEYPTR(hh, c->names, entry->name, strlen(entry->name), entry);
	return entry;
}

static void name_drop_if_empty(struct controller *c, struct node_name *entry)
{
	if (entry->node || entry->claims)
		return;
	HASH_DEL(c->names, entry);
	free(entry->name);
	free(entry);
}

struct node_group *names_group(const struct controller *c, const char *name)
{
	struct node_group *group;

	HASH_FIND_STR(c->groups, name, group);
	return group;
}

static struct node_group *group_get(struct controller *c, const char *name)
{
	struct node_group *group = names_group(c, name);

	if (group)
		return group;
	group = mem_new(sizeof *group);
	group->name = mem_string(name);
	HASH_ADD_KEYPTR(hh, c->groups, group->name, strlen(group->name), group);
	return group;
}

static void group_leave(struct controller *c, struct node *n)
{
	struct node_group *group = n->label->member;

	n->label->member = NULL;
	DL_DELETE2(group->nodes, n, label->group_prev, label->group_next);
	if (--group->count)
		return;
	HASH_DEL(c->groups, group);
	free(group->name);
	free(group);
}

static void name_leave(struct controller *c, struct node *n)
{
	struct node_name *entry = n->label->entry;

	n->label->entry = NULL;
	entry->node = NULL;
	name_drop_if_empty(c, entry);
}

static struct node_label *label_get(struct node *n)
{
	if (!n->label)
		n->label = mem_new(sizeof *n->label);
	return n->label;
}

int names_check(const struct controller *c, const struct node *n, const char *name,
                struct error *err)
{
	const struct node_name *entry = name ? name_find(c, name) : NULL;

	if (entry && entry->node && entry->node != n)
		return error_set(err, ERR_NAME_TAKEN, "node %d has the name '%s'", entry->node->id,
		                 name);
	return 0;
}

void names_set_name(struct controller *c, struct node *n, const char *name)
{
	struct node_name *entry = name ? name_get(c, name) : NULL;

	if ((entry && entry->node == n) || (!entry && !n->label))
		return;
	if (n->label && n->label->entry)
		name_leave(c, n);
	if (entry)
		entry->node = n;
	label_get(n)->entry = entry;
	free(n->label->name);
	n->label->name = name ? mem_string(name) : NULL;
}

void names_set_group(struct controller *c, struct node *n, const char *group)
{
	const char *former = n->label ? n->label->group : NULL;

	if (former == group || (former && group && strcmp(former, group) == 0))
		return;
	if (former)
		group_leave(c, n);
	free(label_get(n)->group);
	n->label->group = group ? mem_string(group) : NULL;
	n->label->turn = 0;
	if (!group)
		return;
	n->label->member = group_get(c, group);
	n->label->member->count++;
	DL_APPEND2(n->label->member->nodes, n, label->group_prev, label->group_next);
}

int names_enter(struct controller *c, struct node *n, const char *name, const char *group,
                struct error *err)
{
	if (names_check(c, n, name, err))
		return -1;
	names_set_name(c, n, name);
	names_set_group(c, n, group);
	return 0;
}

void names_leave(struct controller *c, struct node *n)
{
	if (n->label && n->label->entry)
		name_leave(c, n);
	if (n->label && n->label->member)
		group_leave(c, n);
}

void node_label_free(struct node_label *label)
{
	if (!label)
		return;
	free(label->name);
	free(label->group);
	free(label);
}

int names_find(const struct controller *c, const char *name, int *id, struct error *err)
{
	const struct node_name *entry = name_find(c, name);
	cleanup_free char *shown = NULL;

	if (!entry) {
		shown = parse_printable(name, strlen(name), SHOWN);
		return error_set(err, ERR_NOT_FOUND, "no node has the name '%s'", shown);
	}
	/* utlist: the first one's prev is the last. */
	*id = entry->node ? entry->node->id : entry->claims->prev->id;
	return 0;
}

void names_claim(struct controller *c, struct name_claim *claim, const char *name, int id)
{
	*claim = (struct name_claim){.controller = c, .name = name_get(c, name), .id = id};
	DL_APPEND(claim->name->claims, claim);
}

void names_unclaim(struct name_claim *claim)
{
	struct node_name *entry = claim->name;

	if (!entry)
		return;
	claim->name = NULL;
	DL_DELETE(entry->claims, claim);
	name_drop_if_empty(claim->controller, entry);
}
