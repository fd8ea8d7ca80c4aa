/*
 * Nothing is kept. What can only be seen beside the nodes that are there, such as a parent that
 * nobody declares, is no mistake here: plan.c tells of it.
 */
#include "daemon/node_finish.h"

#include <inttypes.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/node/name_check.h"
#include "service/service.h"
#include "tree/topology.h"

/* How much of a culprit an error repeats. */
#define SHOWN 80

/* A key of an index, with the place of who has it. */
struct taken {
	char *key;
	const char *title; /* borrowed, as the origin */
	const char *origin;
	UT_hash_handle hh;
};

/* Enters the key; or gives who has it already. */
static const struct taken *taken_add(struct taken **index, const char *key, const char *title,
                                     const char *origin)
{
	struct taken *t;

	HASH_FIND_STR(*index, key, t);
	if (t)
		return t;
	t = mem_new(sizeof *t);
	t->key = mem_string(key);
	t->title = title;
	t->origin = origin;
	HASH_ADD_KEYPTR(hh, *index, t->key, strlen(t->key), t);
	return NULL;
}

static void taken_free(struct taken **index)
{
	struct taken *t;
	struct taken *next;

	HASH_ITER (hh, *index, t, next) {
		HASH_DEL(*index, t);
		free(t->key);
		free(t);
	}
}

static void finish_node_services(const struct config *config, struct mistakes *found)
{
	cleanup_free char *names = declare_names(&config->services);

	for (const struct node_section *s = config->nodes.sections; s; s = s->hh.next) {
		const struct declared_value *word = &s->words[NODE_SERVICE];
		cleanup_free char *shown = NULL;
		if (!word->value || declare_knows(&config->services, word->value))
			continue;
		shown = parse_printable(word->value, strlen(word->value), SHOWN);
		mistakes_add(found, "%s: %s: service '%s' is none of %s", word->origin, s->title,
		             shown, names);
	}
}

/* A service that has instances is a group of its own. */
static void finish_group(const struct config *config, const struct node_section *s,
                         struct mistakes *found)
{
	const struct declaration *service = declare_find(&config->services, s->name);
	cleanup_free char *last = mem_format("%s-%" PRId64, s->name, s->instances);
	struct error err;

	if (service && service->spec.instances)
		mistakes_add(found,
		             "%s: %s: the service of that name has instances, which are this group",
		             s->origin, s->title);
	if (s->instances && name_check("name", last, &err))
		mistakes_add(found, "%s: %s: %s", s->count.origin, s->title, err.text);
}

static void finish_name(const struct node_section *s, const char *name, const char *origin,
                        struct taken **names, struct mistakes *found)
{
	const struct taken *other = taken_add(names, name, s->title, origin);

	if (other)
		mistakes_add(found, "%s: %s: the name '%s' is that of %s in %s", origin, s->title,
		             name, other->title, other->origin);
}

/* Behind a parent there is room for one. */
static void finish_place(const struct node_section *s, struct taken **parents,
                         struct mistakes *found)
{
	const struct declared_value *word = &s->words[NODE_PARENT];
	const struct taken *other;

	if (!word->value)
		return;
	other = taken_add(parents, word->value, s->title, word->origin);
	if (other)
		mistakes_add(found, "%s: %s: in a list only one node stands behind %s: %s in %s",
		             word->origin, s->title, word->value, other->title, other->origin);
	else if (s->is_group && s->instances > 1)
		mistakes_add(found, "%s: %s: in a list only one node stands behind %s",
		             word->origin, s->title, word->value);
}

/* 0 if there are more than may be. */
static size_t finish_count(const struct config *config, struct mistakes *found)
{
	int64_t count = 0;

	for (const struct node_section *s = config->nodes.sections; s; s = s->hh.next) {
		count += s->is_group ? s->instances : 1;
		if (count <= config->max_nodes)
			continue;
		mistakes_add(
		    found, "%s: %s: with it there are %" PRId64 " nodes, and max-nodes is %" PRId64,
		    s->origin, s->title, count, config->max_nodes);
		return 0;
	}
	return (size_t)count;
}

static struct declared_node *expand_one(struct node_declarations *d, const struct node_section *s)
{
	struct declared_node *n = &d->nodes[d->count++];

	n->section = s;
	n->has_id = !s->is_group;
	n->id = s->id;
	for (enum node_key key = 0; key < NODE_KEYS; key++)
		n->values[key] = s->words[key].value;
	return n;
}

static void expand_group(struct node_declarations *d, const struct node_section *s)
{
	for (int64_t i = 1; i <= s->instances; i++) {
		struct declared_node *n = expand_one(d, s);
		n->member = mem_format("%s-%" PRId64, s->name, i);
		n->values[NODE_NAME] = n->member;
		n->values[NODE_GROUP] = s->name;
	}
}

static void expand(struct node_declarations *d, size_t count)
{
	d->nodes = mem_new_array(count + 1, sizeof *d->nodes);
	for (const struct node_section *s = d->sections; s; s = s->hh.next)
		if (s->is_group)
			expand_group(d, s);
		else
			expand_one(d, s);
}

/* Those of the sections come first, whose mistakes name the line of the name. */
static void finish_names(const struct node_declarations *d, struct mistakes *found)
{
	struct taken *names = NULL;

	for (const struct node_section *s = d->sections; s; s = s->hh.next)
		if (s->words[NODE_NAME].value)
			finish_name(s, s->words[NODE_NAME].value, s->words[NODE_NAME].origin,
			            &names, found);
	for (size_t i = 0; i < d->count; i++)
		if (d->nodes[i].member)
			finish_name(d->nodes[i].section, d->nodes[i].member,
			            d->nodes[i].section->origin, &names, found);
	taken_free(&names);
}

static void finish_places(const struct node_declarations *d, struct mistakes *found)
{
	struct taken *parents = NULL;

	for (const struct node_section *s = d->sections; s; s = s->hh.next)
		finish_place(s, &parents, found);
	taken_free(&parents);
}

/* A declared node, as its children name it. */
struct named {
	char *key; /* "10", "@web" */
	const struct declared_node *node;
	size_t walk; /* the last that came here */
	UT_hash_handle hh;
};

static void named_add(struct named **index, char *key, const struct declared_node *node)
{
	struct named *n;

	HASH_FIND_STR(*index, key, n);
	if (n) {
		free(key);
		return;
	}
	n = mem_new(sizeof *n);
	n->key = key;
	n->node = node;
	HASH_ADD_KEYPTR(hh, *index, n->key, strlen(n->key), n);
}

static struct named *named_parent(struct named *index, const struct declared_node *node)
{
	struct named *parent = NULL;

	if (node->values[NODE_PARENT])
		HASH_FIND_STR(index, node->values[NODE_PARENT], parent);
	return parent;
}

/* "10, 20". New memory. */
static char *circle_names(struct named *index, struct named *first)
{
	struct buffer text = {0};
	struct named *n = first;

	do {
		buffer_format(&text, "%s%s", n == first ? "" : ", ", n->key);
		n = named_parent(index, n->node);
		/* The error shows so much. */
	} while (n->node != first->node && buffer_size(&text) < SHOWN);
	buffer_add(&text, "", 1);
	return text.data;
}

static struct named *named_index(const struct node_declarations *d)
{
	struct named *index = NULL;

	for (size_t i = 0; i < d->count; i++) {
		const struct declared_node *node = &d->nodes[i];
		if (node->has_id)
			named_add(&index, mem_format("%d", node->id), node);
		if (node->values[NODE_NAME])
			named_add(&index, mem_format("@%s", node->values[NODE_NAME]), node);
	}
	return index;
}

static void circles_free(struct named **index)
{
	struct named *n;
	struct named *next;

	HASH_ITER (hh, *index, n, next) {
		HASH_DEL(*index, n);
		free(n->key);
		free(n);
	}
}

/* Does the walk that begins here come back to where it was? Then NULL is not given. */
static struct named *walk_up(struct named *index, struct named *from, size_t walk)
{
	struct named *n = from;

	while (n && !n->walk) {
		n->walk = walk;
		n = named_parent(index, n->node);
	}
	return n && n->walk == walk ? n : NULL;
}

/* Walks up from each node that no walk has reached yet; so a circle is told once. */
static void finish_circles(const struct config *config, struct mistakes *found)
{
	struct named *index = named_index(&config->nodes);
	size_t walk = 0;

	for (struct named *n = index; n; n = n->hh.next) {
		struct named *back = walk_up(index, n, ++walk);
		cleanup_free char *names = back ? circle_names(index, back) : NULL;
		if (back)
			mistakes_add(found, "%s: the parents lead back to it: %s",
			             back->node->section->origin, names);
	}
	circles_free(&index);
}

void nodes_finish(struct config *config, struct mistakes *found)
{
	struct node_declarations *d = &config->nodes;
	enum node_place place = node_place_of(config->topology);
	size_t count;

	if (!d->sections)
		return;
	finish_node_services(config, found);
	for (const struct node_section *s = d->sections; s; s = s->hh.next)
		if (s->is_group)
			finish_group(config, s, found);
	count = finish_count(config, found);
	if (!count)
		return;
	expand(d, count);
	finish_names(d, found);
	if (place == NODE_PLACE_BEHIND)
		finish_places(d, found);
	if (place != NODE_PLACE_GIVEN)
		finish_circles(config, found);
}
