/* The table of sources, and what they add. Stateless. */
#include "ctl/complete_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/member.h"

struct complete_source {
	const char *value;  /* in a usage */
	const char *method; /* NULL: none */
	const char *kind;   /* what the user's own shell completes; NULL: nothing */
	void (*add)(struct completion *all, const struct dtree_value *result);
	/* Where there is no result; NULL: nothing is. */
	const char *const *known;
};

static bool complete_printable(const char *text)
{
	for (; *text; text++)
		if (word_control(*text) || word_blank(*text))
			return false;
	return true;
}

void complete_add(struct completion *all, const char *text, char *about)
{
	const struct word *word = &all->word;
	char *item = mem_format("%.*s%s", (int)all->head, word->s, text);

	/* What comes from dtreed may be anything. */
	if (strlen(item) < word->n || memcmp(item, word->s, word->n) != 0 ||
	    !complete_printable(item)) {
		free(item);
		free(about);
		return;
	}
	/* The array is full when the count is a power of two. */
	if ((all->count & (all->count - 1)) == 0)
		all->items =
		    mem_resize(all->items, (all->count ? all->count * 2 : 1) * sizeof *all->items);
	all->items[all->count++] = (struct complete_item){item, about};
}

void complete_add_once(struct completion *all, const char *text, char *about)
{
	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(all->items[i].text + all->head, text) == 0) {
			free(about);
			return;
		}
	}
	complete_add(all, text, about);
}

static void complete_add_nodes(struct completion *all, const struct dtree_value *result)
{
	const struct dtree_value *node = dtree_value_first(result, "nodes");

	for (; node; node = dtree_value_next(node)) {
		cleanup_free char *id = mem_format("%lld", member_int(node, "id"));
		const char *name = dtree_value_string(node, "name", NULL);
		const char *state = dtree_value_string(node, "state", NULL);
		const char *service = dtree_value_string(node, "service", NULL);
		cleanup_free char *named = name ? mem_format("@%s", name) : NULL;

		state = state ? state : "?";
		service = service ? service : "?";
		complete_add(all, id,
		             name ? mem_format("@%s, %s, %s", name, service, state)
		                  : mem_format("%s, %s", service, state));
		if (named)
			complete_add(all, named, mem_format("node %s, %s, %s", id, service, state));
	}
}

static void complete_add_groups(struct completion *all, const struct dtree_value *result)
{
	const struct dtree_value *node = dtree_value_first(result, "nodes");

	for (; node; node = dtree_value_next(node)) {
		const char *group = dtree_value_string(node, "group", NULL);
		if (group)
			complete_add_once(all, group, NULL);
	}
}

static void complete_add_named(struct completion *all, const struct dtree_value *list)
{
	for (; list; list = dtree_value_next(list)) {
		const char *name = dtree_value_string(list, "name", NULL);
		const char *summary = dtree_value_string(list, "summary", NULL);
		if (name)
			complete_add(all, name, summary ? mem_string(summary) : NULL);
	}
}

static void complete_add_services(struct completion *all, const struct dtree_value *result)
{
	complete_add_named(all, dtree_value_first(result, "services"));
}

static void complete_add_methods(struct completion *all, const struct dtree_value *result)
{
	complete_add_named(all, dtree_value_first(result, "methods"));
}

/* The element whose name that is. */
static const struct dtree_value *complete_named(const struct dtree_value *list, const char *wanted)
{
	for (; list; list = dtree_value_next(list)) {
		const char *name = dtree_value_string(list, "name", NULL);
		if (name && strcmp(name, wanted) == 0)
			break;
	}
	return list;
}

/* The choices of the parameter `types` of `subscribe`. */
static void complete_add_types(struct completion *all, const struct dtree_value *result)
{
	const struct dtree_value *at =
	    complete_named(dtree_value_first(result, "methods"), "subscribe");

	at = at ? complete_named(dtree_value_first(at, "params"), "types") : NULL;
	at = at ? member_find(at, "schema") : NULL;
	at = at ? member_find(at, "items") : NULL;
	at = at ? dtree_value_first(at, "enum") : NULL;
	for (; at; at = dtree_value_next(at)) {
		const char *type = dtree_value_string(at, NULL, NULL);
		if (type && strcmp(type, "*") != 0)
			complete_add(all, type, NULL);
	}
}

static const char *const complete_services[] = {"sum", "dict", "timer", "search", NULL};
static const char *const complete_times[] = {"today", "yesterday", "-10min", "-1h", "-1d", NULL};

static const struct complete_source complete_sources[] = {
    {.value = "ID", .method = "tree", .add = complete_add_nodes},
    {.value = "PARENT", .method = "tree", .add = complete_add_nodes},
    {.value = "GROUP", .method = "tree", .add = complete_add_groups},
    {.value = "SERVICE",
     .method = "services",
     .add = complete_add_services,
     .known = complete_services},
    {.value = "TYPE", .method = "rpc.discover", .add = complete_add_types},
    {.value = "METHOD", .method = "rpc.discover", .add = complete_add_methods},
    {.value = "TIME", .known = complete_times},
    {.value = "FILE", .kind = "files"},
    {.value = "PATH", .kind = "files"},
    {.value = "DIR", .kind = "directories"},
};

const struct complete_source *complete_source_find(const struct word *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(complete_sources); i++)
		if (word_is(value, complete_sources[i].value))
			return &complete_sources[i];
	return NULL;
}

const char *complete_method(const struct completion *all)
{
	return all->source ? all->source->method : NULL;
}

const char *complete_kind(const struct completion *all)
{
	return all->source ? all->source->kind : NULL;
}

void complete_result(struct completion *all, const struct dtree_value *result)
{
	const char *const *known = all->source ? all->source->known : NULL;

	if (all->source && result && all->source->add)
		all->source->add(all, result);
	else
		for (; known && *known; known++)
			complete_add(all, *known, NULL);
}
