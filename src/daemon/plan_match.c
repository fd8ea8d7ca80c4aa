/* Who is who. Invariant: an item has one declaration at the most; the second one is left. */
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/parse.h"
#include "daemon/plan_internal.h"

struct plan_item *plan_find(const struct planning *p, int id)
{
	struct plan_item *item;

	HASH_FIND_INT(p->items, &id, item);
	return item;
}

struct plan_name *plan_find_name(const struct planning *p, const char *name)
{
	struct plan_name *n;

	HASH_FIND_STR(p->names, name, n);
	return n;
}

const char *plan_wanted(const struct planning *p, const struct plan_item *item, enum node_key key)
{
	const char *said = item->wanted->values[key];

	return said ? said : p->in->defaults[key];
}

size_t plan_after(const struct planning *p, const struct plan_item *item, int ids[AFTER_MAX])
{
	const char *text = plan_wanted(p, item, NODE_AFTER);
	size_t count = 0;

	return text && after_parse(text, ids, &count, NULL) == 0 ? count : 0;
}

static void add_left(struct planning *p, int id, const struct declared_node *wanted,
                     const char *text)
{
	struct plan *plan = p->plan;
	const char *origin = wanted ? wanted->section->origin : NULL;
	const char *name = wanted ? wanted->member : NULL;
	cleanup_free char *who = NULL;

	if (id == NODE_CONTROLLER)
		who = mem_string(name);
	else
		who =
		    mem_format("%d%s%s%s", id, name ? " (" : "", name ? name : "", name ? ")" : "");
	plan->left = mem_resize(plan->left, (plan->left_count + 1) * sizeof *plan->left);
	plan->left[plan->left_count++] =
	    (struct plan_left){.id = id,
	                       .text = mem_format("%s%snode %s: %s", origin ? origin : "",
	                                          origin ? ": " : "", who, text)};
}

void plan_leave(struct planning *p, struct plan_item *item, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	if (item->left)
		return;
	item->left = true;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = mem_string("out of memory");
	va_end(ap);
	add_left(p, item->id, item->wanted, text);
	free(text);
}

static struct plan_item *match_add(struct planning *p, int id)
{
	struct plan_item *item = mem_new(sizeof *item);

	item->id = id;
	HASH_ADD_INT(p->items, id, item);
	return item;
}

static struct plan_name *match_add_name(struct planning *p, const char *name)
{
	struct plan_name *n = plan_find_name(p, name);

	if (n)
		return n;
	n = mem_new(sizeof *n);
	n->name = name;
	HASH_ADD_KEYPTR(hh, p->names, n->name, strlen(n->name), n);
	return n;
}

static void match_there(struct planning *p)
{
	for (size_t i = 0; i < p->in->count; i++) {
		const struct plan_node *there = &p->in->nodes[i];
		struct plan_item *item = match_add(p, there->id);
		item->there = there;
		item->parent = there->parent;
		if (there->values[NODE_NAME])
			match_add_name(p, there->values[NODE_NAME])->there = item;
	}
}

/* Those with an id, whatever node is there. */
static void match_ids(struct planning *p)
{
	const struct node_declarations *d = p->in->declared;

	for (size_t i = 0; i < d->count; i++) {
		struct plan_item *item;
		if (!d->nodes[i].has_id)
			continue;
		item = plan_find(p, d->nodes[i].id);
		if (!item)
			item = match_add(p, d->nodes[i].id);
		item->wanted = &d->nodes[i];
		p->wanted[i] = item;
	}
}

/* A node of that name that is there is it, unless its id is declared for another. */
static void match_member(struct planning *p, size_t number, int *next_id)
{
	const struct declared_node *member = &p->in->declared->nodes[number];
	const struct plan_name *name = plan_find_name(p, member->member);
	struct plan_item *item = name ? name->there : NULL;

	if (item && item->wanted) {
		cleanup_free char *text =
		    mem_format("node %d, which has the name, is declared in %s", item->id,
		               item->wanted->section->origin);
		add_left(p, NODE_CONTROLLER, member, text);
		return;
	}
	if (!item) {
		while (plan_find(p, *next_id))
			++*next_id;
		item = match_add(p, *next_id);
	}
	item->wanted = member;
	p->wanted[number] = item;
}

static void match_names(struct planning *p)
{
	for (struct plan_item *item = p->items; item; item = item->hh.next)
		if (item->wanted && item->wanted->values[NODE_NAME])
			match_add_name(p, item->wanted->values[NODE_NAME])->wanted = item;
}

/* What is there and cannot become what is declared. */
static void match_check(struct planning *p, struct plan_item *item)
{
	const char *service = plan_wanted(p, item, NODE_SERVICE);
	const char *name = plan_wanted(p, item, NODE_NAME);
	const struct plan_name *named = name ? plan_find_name(p, name) : NULL;
	const struct plan_item *holder = named ? named->there : NULL;

	if (item->there && item->there->declared != NODE_BY_HAND &&
	    strcmp(item->there->values[NODE_SERVICE], service) != 0)
		plan_leave(p, item,
		           "its service is %s and cannot become %s while it is there; it stays as "
		           "it is: once it is killed, a reload makes it anew",
		           item->there->values[NODE_SERVICE], service);
	if (holder && holder != item && holder->there->declared == NODE_BY_HAND)
		plan_leave(p, item, "the name '%s' is that of node %d, which was made by hand",
		           name, holder->id);
}

void plan_match(struct planning *p)
{
	const struct node_declarations *d = p->in->declared;
	int next_id = PLAN_FIRST_ID;

	p->wanted = mem_new_array(d->count + 1, sizeof *p->wanted);
	match_there(p);
	match_ids(p);
	for (size_t i = 0; i < d->count; i++)
		if (!d->nodes[i].has_id)
			match_member(p, i, &next_id);
	match_names(p);
	for (struct plan_item *item = p->items; item; item = item->hh.next)
		if (item->wanted)
			match_check(p, item);
}
