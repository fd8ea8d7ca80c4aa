/* Makes the steps. Invariant: a step waits for steps before it only. */
#include "daemon/plan.h"

#include "base/mem.h"
#include "base/parse.h"
#include "daemon/plan_internal.h"

static char *plan_copy(const char *text)
{
	return text ? mem_string(text) : NULL;
}

/* Valid until the next one. */
static struct plan_step *step_add(struct planning *p, enum plan_kind kind, struct plan_item *item)
{
	struct plan *plan = p->plan;
	struct plan_step *step;

	plan->steps = mem_resize(plan->steps, (plan->count + 1) * sizeof *plan->steps);
	step = &plan->steps[plan->count++];
	*step = (struct plan_step){
	    .kind = kind,
	    .id = item->id,
	    .origin = item->wanted ? mem_string(item->wanted->section->origin) : NULL};
	/* What was a name's may be another's behind the renames. */
	step->waits = plan->count > 1 && step[-1].kind == PLAN_RENAME && kind != PLAN_RENAME;
	item->step = plan->count;
	return step;
}

static struct plan_change *step_change(struct plan_step *step, enum node_key key, const char *from,
                                       const char *to)
{
	struct plan_change *change = &step->changes[step->count];

	if (mem_same(from, to))
		return NULL;
	step->count++;
	*change = (struct plan_change){
	    .key = key, .from = plan_copy(from), .to = plan_copy(to), .said = true};
	return change;
}

/* Another one wants its name, and gets it. */
static bool loses_name(const struct planning *p, const struct plan_item *item)
{
	const char *name = item->there ? item->there->values[NODE_NAME] : NULL;
	const struct plan_name *named = name ? plan_find_name(p, name) : NULL;

	return named && named->wanted && named->wanted != item && !named->wanted->left &&
	       !item->left && item->there->declared != NODE_BY_HAND;
}

static void plan_renames(struct planning *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct plan_item *item = p->order[i];
		if (loses_name(p, item))
			step_change(step_add(p, PLAN_RENAME, item), NODE_NAME,
			            item->there->values[NODE_NAME], NULL);
	}
}

/* What is there of the key, behind the steps so far. */
static const char *plan_is(const struct planning *p, const struct plan_item *item,
                           enum node_key key)
{
	if (!item->there || (key == NODE_NAME && loses_name(p, item)))
		return NULL;
	return item->there->values[key];
}

static bool item_moves(const struct plan_item *item)
{
	return item->has_target && (!item->there || item->parent != item->target);
}

static bool item_changes(const struct planning *p, const struct plan_item *item)
{
	if (!item->there || item->there->declared != NODE_DECLARED || item_moves(item))
		return true;
	for (enum node_key key = 0; key < NODE_KEYS; key++)
		if (key != NODE_PARENT &&
		    !mem_same(plan_is(p, item, key), plan_wanted(p, item, key)))
			return true;
	return false;
}

static void change_place(struct planning *p, const struct plan_item *item, struct plan_step *step)
{
	cleanup_free char *from = item->there ? mem_format("%d", item->parent) : NULL;
	cleanup_free char *to = mem_format("%d", item->target);
	const struct plan_item *parent = plan_find(p, item->target);

	step_change(step, NODE_PARENT, from, to);
	if (p->in->place == NODE_PLACE_BEHIND)
		step->waits = true;
	else if (parent)
		step->after = parent->step;
}

/* Of a new node only what is said, and its service. */
static void change_value(const struct planning *p, const struct plan_item *item,
                         struct plan_step *step, enum node_key key)
{
	bool said = item->wanted->values[key];
	struct plan_change *change;

	if (!said && !item->there && key != NODE_SERVICE)
		return;
	change = step_change(step, key, plan_is(p, item, key), plan_wanted(p, item, key));
	if (change)
		change->said = said;
}

static void plan_item(struct planning *p, struct plan_item *item)
{
	bool moves = item_moves(item);
	struct plan_step *step;

	if (!item_changes(p, item))
		return;
	step = step_add(p, item->there ? PLAN_CHANGE : PLAN_CREATE, item);
	if (moves)
		change_place(p, item, step);
	for (enum node_key key = 0; key < NODE_KEYS; key++)
		if (key != NODE_PARENT)
			change_value(p, item, step, key);
	step->adopts = item->there && item->there->declared == NODE_BY_HAND;
	step->returns = item->there && item->there->declared == NODE_UNDECLARED;
	if (p->in->place == NODE_PLACE_BEHIND && (moves || !item->there))
		plan_put_behind(p, item, moves ? item->target : NODE_CONTROLLER);
}

static bool item_is_due(const struct plan_item *item)
{
	return item->wanted && !item->left;
}

/* Is it to be made, and has no step yet? */
static bool item_is_ahead(const struct plan_item *item)
{
	return item && item_is_due(item) && !item->there && !item->step;
}

/* The first of those that must be there before it, and are ahead; NULL: none is. */
static const struct plan_item *item_awaits(const struct planning *p, const struct plan_item *item)
{
	int ids[AFTER_MAX];
	size_t count = plan_after(p, item, ids);
	const struct plan_item *other = item->has_target ? plan_find(p, item->target) : NULL;

	for (size_t i = 0; i < count && !item_is_ahead(other); i++)
		other = plan_find(p, ids[i]);
	return item_is_ahead(other) ? other : NULL;
}

/* It is asked in each pass, and looks for the one that it awaits only when that has changed. */
static bool item_is_ready(const struct planning *p, struct plan_item *item)
{
	if (!item_is_ahead(item->awaits))
		item->awaits = item_awaits(p, item);
	return !item->awaits;
}

static void plan_ready(struct planning *p, struct plan_item *item)
{
	size_t before = p->plan->count;
	int ids[AFTER_MAX];
	size_t count = plan_after(p, item, ids);

	item->planned = true;
	plan_item(p, item);
	for (size_t i = 0; i < count && p->plan->count > before; i++) {
		const struct plan_item *other = plan_find(p, ids[i]);
		if (other && other->step)
			p->plan->steps[before].waits = true;
	}
}

/* All with or without a target, as soon as those are there that must be. */
static void plan_pass(struct planning *p, bool with, bool without)
{
	bool some = true;

	while (some) {
		some = false;
		for (size_t i = 0; i < p->count; i++) {
			struct plan_item *item = p->order[i];
			if (!item_is_due(item) || item->planned ||
			    !(item->has_target ? with : without) || !item_is_ready(p, item))
				continue;
			plan_ready(p, item);
			some = true;
		}
	}
}

/* In a list, what goes to its head comes first: it would part others. */
static void plan_items(struct planning *p)
{
	bool list = p->in->place == NODE_PLACE_BEHIND;

	plan_pass(p, !list, true);
	plan_pass(p, true, true);
	for (size_t i = 0; i < p->count; i++)
		if (item_is_due(p->order[i]) && !p->order[i]->planned)
			plan_leave(p, p->order[i], "it is started after nodes that wait for it");
}

static bool item_is_undeclared(const struct plan_item *item)
{
	return item->there && !item->wanted && item->there->declared != NODE_BY_HAND;
}

static bool item_is_removed(const struct planning *p, const struct plan_item *item)
{
	return p->in->prune && item_is_undeclared(item) && !item->kept;
}

/* Behind all steps so far; NULL: the controller, or where the topology puts it. */
static struct plan_item *plan_parent(const struct planning *p, const struct plan_item *item)
{
	if (p->in->place == NODE_PLACE_BEHIND)
		return plan_find(p, item->parent);
	if (item->has_target)
		return plan_find(p, item->target);
	return item->there ? plan_find(p, item->there->parent) : NULL;
}

/* Who is above what stays, stays. */
static void plan_keep(struct planning *p)
{
	for (size_t i = p->count; i-- > 0;) {
		const struct plan_item *item = p->order[i];
		struct plan_item *parent = plan_parent(p, item);
		const struct plan_item *keeps = item->kept;

		if (!item->there && item->left)
			continue;
		if (!item_is_undeclared(item))
			keeps = item;
		if (parent && keeps && !parent->kept)
			parent->kept = keeps;
	}
}

/* Until it is stopped, what is made or moved may find its place below it. */
static bool is_first_undeclared(const struct planning *p)
{
	const struct plan *plan = p->plan;

	return plan->count && plan->steps[plan->count - 1].kind < PLAN_UNDECLARE;
}

static void plan_undeclare(struct planning *p, struct plan_item *item)
{
	bool removed = item_is_removed(p, item);
	bool waits = is_first_undeclared(p);

	if (item->there->declared == NODE_DECLARED)
		step_add(p, removed ? PLAN_DISOWN : PLAN_UNDECLARE, item)->waits = waits;
	if (p->in->prune && !removed)
		plan_leave(p, item, "it is not removed: node %d, which is below it, %s",
		           item->kept->id, item->kept->wanted ? "is declared" : "was made by hand");
}

static void plan_remove(struct planning *p)
{
	bool first = true;

	for (size_t i = p->count; i-- > 0;) {
		const struct plan_item *parent = plan_parent(p, p->order[i]);
		struct plan_step *step;

		if (!item_is_removed(p, p->order[i]))
			continue;
		step = step_add(p, PLAN_REMOVE, p->order[i]);
		step->carried = parent && item_is_removed(p, parent);
		step->waits = first;
		first = false;
	}
}

static void planning_free(struct planning *p)
{
	struct plan_item *item;
	struct plan_item *next;
	struct plan_name *name;
	struct plan_name *next_name;

	HASH_ITER (hh, p->items, item, next) {
		HASH_DEL(p->items, item);
		free(item);
	}
	HASH_ITER (hh, p->names, name, next_name) {
		HASH_DEL(p->names, name);
		free(name);
	}
	free(p->wanted);
	free(p->order);
}

void plan_make(const struct plan_input *in, struct plan *plan)
{
	struct planning p = {.in = in, .plan = plan};

	plan_match(&p);
	plan_place(&p);
	plan_renames(&p);
	plan_items(&p);
	if (in->place == NODE_PLACE_BEHIND)
		plan_order_list(&p);
	plan_keep(&p);
	for (size_t i = 0; i < p.count; i++)
		if (item_is_undeclared(p.order[i]))
			plan_undeclare(&p, p.order[i]);
	plan_remove(&p);
	planning_free(&p);
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct plan_step *step = &plan->steps[i];
		for (size_t k = 0; k < step->count; k++) {
			free(step->changes[k].from);
			free(step->changes[k].to);
		}
		free(step->origin);
	}
	for (size_t i = 0; i < plan->left_count; i++)
		free(plan->left[i].text);
	free(plan->steps);
	free(plan->left);
	*plan = (struct plan){0};
}

const struct plan_change *plan_step_change(const struct plan_step *step, enum node_key key)
{
	for (size_t i = 0; i < step->count; i++)
		if (step->changes[i].key == key)
			return &step->changes[i];
	return NULL;
}
