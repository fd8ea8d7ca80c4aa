/*
 * Asks for one after the other, so many at a time. Invariant: an instance is asked for once, or
 * again with another id where somebody else took its id meanwhile.
 */
#include "daemon/instances.h"

#include <inttypes.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"

/* Creates under way. */
#define AT_ONCE 16

/* The instances of one service. */
struct instance_set {
	char *service; /* owned */
	int64_t count;
	int64_t asked; /* the first so many were looked at */
	int64_t under_way;
	int64_t made;
	int64_t failed;
	struct error first; /* failure */
};

struct instances {
	struct controller *controller; /* borrowed */
	struct session *session;
	struct instance_set *sets;
	size_t set_count;
	size_t set; /* the one that is being asked for */
	size_t under_way;
	struct instance *creates; /* those under way; owned */
	int next_id;
};

/* A create under way. */
struct instance {
	struct instances *all;
	struct instance_set *set;
	int64_t number;        /* from 1 */
	struct instance *prev; /* utlist */
	struct instance *next;
};

static void instances_go_on(struct instances *all);
static void instance_ask(struct instance *instance);

/* The next id that no node has. Those that were asked for are not asked for again. */
static int instances_take_id(struct instances *all)
{
	struct node_view view;

	while (controller_view(all->controller, all->next_id, &view, NULL) == 0)
		all->next_id++;
	return all->next_id++;
}

static void instances_tell(const struct instance_set *set)
{
	if (set->asked < set->count || set->under_way)
		return;
	if (set->made)
		log_info("instances", "service %s: %" PRId64 " nodes made", set->service,
		         set->made);
	if (set->failed)
		log_error("instances",
		          "service %s: %" PRId64 " of %" PRId64 " nodes cannot be made: %s",
		          set->service, set->failed, set->count, set->first.text);
}

static void instance_on_outcome(void *arg, const struct outcome *outcome)
{
	struct instance *instance = arg;
	struct instances *all = instance->all;
	struct instance_set *set = instance->set;

	switch (outcome->error.code) {
	case ERR_ALREADY_EXISTS:
		instance_ask(instance);
		return;
	case ERR_NONE:
		set->made++;
		break;
	case ERR_NAME_TAKEN:
		break;
	default:
		if (!set->failed++)
			set->first = outcome->error;
		break;
	}
	set->under_way--;
	all->under_way--;
	DL_DELETE(all->creates, instance);
	free(instance);
	instances_tell(set);
	instances_go_on(all);
}

static void instance_ask(struct instance *instance)
{
	const struct instance_set *set = instance->set;
	cleanup_free char *name = mem_format("%s-%" PRId64, set->service, instance->number);
	const struct create_request request = {.id = instances_take_id(instance->all),
	                                       .service = set->service,
	                                       .settings = {.name = name, .group = set->service}};

	controller_create(instance->all->session, &request, instance_on_outcome, instance);
}

/* The next one of the set; nothing if it is there. */
static void instances_ask_one(struct instances *all, struct instance_set *set)
{
	int64_t number = ++set->asked;
	cleanup_free char *name = mem_format("%s-%" PRId64, set->service, number);
	struct instance *instance;
	int id;

	if (controller_find(all->controller, name, &id, NULL) == 0)
		return;
	instance = mem_new(sizeof *instance);
	*instance = (struct instance){.all = all, .set = set, .number = number};
	set->under_way++;
	all->under_way++;
	DL_APPEND(all->creates, instance);
	instance_ask(instance);
}

static void instances_go_on(struct instances *all)
{
	while (all->under_way < AT_ONCE && all->set < all->set_count) {
		struct instance_set *set = &all->sets[all->set];
		if (set->asked < set->count)
			instances_ask_one(all, set);
		else
			all->set++;
	}
}

struct instances *instances_new(struct controller *c, const struct declarations *declared)
{
	struct instances *all = mem_new(sizeof *all);

	all->controller = c;
	all->session = session_open(c);
	all->next_id = INSTANCES_FIRST;
	all->sets = mem_new_array(declared->count + 1, sizeof *all->sets);
	for (size_t i = 0; i < declared->count; i++)
		all->sets[all->set_count++] =
		    (struct instance_set){.service = mem_string(declared->items[i]->name),
		                          .count = declared->items[i]->spec.instances};
	instances_go_on(all);
	return all;
}

size_t instances_left(const struct instances *all)
{
	size_t left = all->under_way;

	for (size_t i = all->set; i < all->set_count; i++)
		left += (size_t)(all->sets[i].count - all->sets[i].asked);
	return left;
}

void instances_free(struct instances *all)
{
	struct instance *instance;
	struct instance *next;

	if (!all)
		return;
	session_close(all->session);
	DL_FOREACH_SAFE (all->creates, instance, next) {
		free(instance);
	}
	for (size_t i = 0; i < all->set_count; i++)
		free(all->sets[i].service);
	free(all->sets);
	free(all);
}
