/*
 * Where each node goes. Invariant of the walk: who is on the way is on the stack, and has the
 * next one on it as its parent.
 */
#include "base/mem.h"
#include "base/parse.h"
#include "daemon/plan_internal.h"

/* The item that the text names as a parent; NULL: there is none. */
static struct plan_item *place_find(const struct planning *p, const char *text, int id)
{
	const struct plan_name *name;

	if (*text != '@')
		return plan_find(p, id);
	name = plan_find_name(p, text + 1);
	if (!name)
		return NULL;
	return name->wanted ? name->wanted : name->there;
}

static void place_resolve(struct planning *p, struct plan_item *item)
{
	const char *text = plan_wanted(p, item, NODE_PARENT);
	const struct plan_item *parent;
	int id = NODE_CONTROLLER;

	if (p->in->place == NODE_PLACE_GIVEN || !text)
		return;
	if (*text != '@')
		parse_parent(text, strlen(text), "parent", &id, NULL);
	parent = place_find(p, text, id);
	if (*text != '@' && id == NODE_CONTROLLER) {
		item->has_target = true;
		item->target = NODE_CONTROLLER;
	} else if (parent) {
		item->has_target = true;
		item->target = parent->id;
	} else {
		plan_leave(p, item, "its parent %s is neither declared nor there", text);
	}
}

static void place_check_after(struct planning *p, struct plan_item *item)
{
	int ids[AFTER_MAX];
	size_t count = plan_after(p, item, ids);

	for (size_t i = 0; i < count && !item->left; i++)
		if (!plan_find(p, ids[i]))
			plan_leave(
			    p, item,
			    "node %d, which it is started after, is neither declared nor there",
			    ids[i]);
}

static void tell_difference(struct buffer *text, const char *key, const char *is,
                            const char *wanted)
{
	buffer_format(text, "%s%s is %s, not %s", buffer_size(text) ? "; " : "", key,
	              is ? is : "none", wanted ? wanted : "none");
}

/* One that was made by hand becomes a declared one only as it is. */
static void place_check_hand(struct planning *p, struct plan_item *item)
{
	const struct plan_node *there = item->there;
	struct buffer text = {0};

	for (enum node_key key = 0; key < NODE_KEYS; key++)
		if (key != NODE_PARENT && !mem_same(there->values[key], plan_wanted(p, item, key)))
			tell_difference(&text, node_key_name(key), there->values[key],
			                plan_wanted(p, item, key));
	if (item->has_target && item->target != there->parent) {
		cleanup_free char *is = mem_format("%d", there->parent);
		cleanup_free char *wanted = mem_format("%d", item->target);
		tell_difference(&text, node_key_name(NODE_PARENT), is, wanted);
	}
	if (buffer_size(&text)) {
		buffer_add(&text, "", 1);
		plan_leave(p, item, "it was made by hand and stays as it is: its %s", text.data);
	}
	buffer_free(&text);
}

/* On the way up. */
static void place_enter(struct planning *p, struct plan_item *item)
{
	item->walk = ITEM_ON_THE_WAY;
	if (!item->wanted || item->left)
		return;
	place_resolve(p, item);
	place_check_after(p, item);
	if (item->there && item->there->declared == NODE_BY_HAND && !item->left)
		place_check_hand(p, item);
	item->has_target = item->has_target && !item->left;
}

/* On the way down: its parent has its place. */
static void place_leave(struct planning *p, struct plan_item *item)
{
	const struct plan_item *parent = item->has_target ? plan_find(p, item->target) : NULL;

	item->walk = ITEM_PLACED;
	p->order[p->count++] = item;
	if (!parent || parent->there || !parent->left)
		return;
	plan_leave(p, item, "its parent, node %d, is not made", parent->id);
	item->has_target = false;
}

/* In a list the order of those that are there says nothing: they make room. NULL: none is above. */
static struct plan_item *place_up(const struct planning *p, const struct plan_item *item)
{
	if (item->has_target)
		return plan_find(p, item->target);
	if (item->there && p->in->place != NODE_PLACE_BEHIND)
		return plan_find(p, item->there->parent);
	return NULL;
}

/* The way leads back to `back`: those that are on it stay where they are. */
static void place_break(struct planning *p, struct plan_item **stack, size_t depth,
                        const struct plan_item *back)
{
	while (depth-- > 0) {
		struct plan_item *item = stack[depth];
		if (item->has_target) {
			plan_leave(p, item, "its parent, node %d, is below it and stays there",
			           item->target);
			item->has_target = false;
		}
		if (item == back)
			return;
	}
}

static void place_walk(struct planning *p, struct plan_item **stack, struct plan_item *from)
{
	struct plan_item *item = from;
	size_t depth = 0;

	while (item && item->walk == ITEM_UNSEEN) {
		place_enter(p, item);
		stack[depth++] = item;
		item = place_up(p, item);
	}
	if (item && item->walk == ITEM_ON_THE_WAY)
		place_break(p, stack, depth, item);
	while (depth-- > 0)
		place_leave(p, stack[depth]);
}

static void place_list(struct planning *p)
{
	for (size_t i = 0; i < p->in->count; i++) {
		struct plan_item *item = plan_find(p, p->in->nodes[i].id);
		struct plan_item *parent = plan_find(p, item->parent);
		if (parent)
			parent->behind = item;
		else
			p->head = item;
	}
}

void plan_place(struct planning *p)
{
	size_t count = HASH_COUNT(p->items);
	struct plan_item **stack = mem_new_array(count + 1, sizeof *stack);

	p->order = mem_new_array(count + 1, sizeof *p->order);
	for (size_t i = 0; i < p->in->declared->count; i++)
		if (p->wanted[i])
			place_walk(p, stack, p->wanted[i]);
	for (struct plan_item *item = p->items; item; item = item->hh.next)
		place_walk(p, stack, item);
	free(stack);
	if (p->in->place == NODE_PLACE_BEHIND)
		place_list(p);
}

static struct plan_item **list_link(struct planning *p, int parent)
{
	struct plan_item *item = plan_find(p, parent);

	return item ? &item->behind : &p->head;
}

static void list_join(struct planning *p, int parent, struct plan_item *item)
{
	*list_link(p, parent) = item;
	if (item)
		item->parent = parent;
}

void plan_put_behind(struct planning *p, struct plan_item *item, int parent)
{
	if (item->there)
		list_join(p, item->parent, item->behind);
	item->behind = *list_link(p, parent);
	if (item->behind)
		item->behind->parent = item->id;
	list_join(p, parent, item);
}

void plan_order_list(struct planning *p)
{
	p->count = 0;
	for (struct plan_item *item = p->head; item; item = item->behind)
		p->order[p->count++] = item;
}
