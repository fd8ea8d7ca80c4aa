/* Owns what was read of the registry, for as long as the start takes. */
#include "controller/lifecycle/inheritance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/catalog.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/launch.h"
#include "controller/node/names.h"
#include "controller/node/persist.h"
#include "controller/node/settings.h"
#include "controller/overlay/link_form.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/epoch.h"
#include "wire/message.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define NO_BOOT "unknown"

/* NO_BOOT where the kernel does not say. */
static char *read_boot(void)
{
	char text[64] = "";
	FILE *f = fopen(BOOT_ID, "re");
	bool good = f && fgets(text, sizeof text, f);

	if (f)
		fclose(f);
	text[strcspn(text, " \n")] = '\0';
	return mem_string(good && *text ? text : NO_BOOT);
}

/* By what it is: the path may be another one, and what is at that path too. */
static char *read_place(const char *dir)
{
	struct stat st;

	if (!dir || stat(dir, &st))
		return mem_string("");
	return mem_format("%jx:%jx", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
}

static bool is_same_directory(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

static int inheritance_take_row(void *arg, const struct registry_row *row, struct error *err)
{
	struct adoption *a = arg;
	struct heir *heir;
	int after[AFTER_MAX];
	struct node_settings settings = {.restart = row->restart,
	                                 .name = row->name,
	                                 .group = row->group,
	                                 .on_hang = row->on_hang,
	                                 .hang_timeout_ms = row->hang_timeout_ms,
	                                 .after = after};

	if (a->count == a->room) {
		a->room = a->room ? 2 * a->room : 64;
		a->heirs = mem_resize(a->heirs, a->room * sizeof *a->heirs);
	}
	heir = &a->heirs[a->count++];
	*heir = (struct heir){.row = *row,
	                      .service = catalog_keep(a->controller, row->service),
	                      .cause = mem_string(row->cause)};
	heir->row.cause = heir->cause;
	if (row->declared && node_declared_parse(row->declared, &settings.declared, err))
		return -1;
	if (row->after && after_parse(row->after, after, &settings.after_count, err))
		return -1;
	if (row->hang_timeout_ms < 0 || row->hang_timeout_ms > HANG_TIMEOUT_MAX_MS)
		return error_set(err, ERR_INTERNAL, "hang-timeout cannot be %lld",
		                 (long long)row->hang_timeout_ms);
	return terms_read(&settings, a->controller->lifecycle->restart, &heir->terms, err);
}

/* By parent, and the children of one in their order. */
static int by_place(const void *a, const void *b)
{
	const struct registry_row *x = &((const struct heir *)a)->row;
	const struct registry_row *y = &((const struct heir *)b)->row;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static bool is_in_tree(const struct heir *heir)
{
	return heir->row.phase != REGISTRY_DOOMED;
}

/* The place of the first whose parent is not below that number; a->count: there is none. */
static size_t first_below(const struct adoption *a, int parent)
{
	size_t low = 0;
	size_t high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (a->heirs[middle].row.parent < parent)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int place_children(const struct adoption *a, int parent, struct tree_ids *placed,
                          struct error *err)
{
	for (size_t i = first_below(a, parent); i < a->count; i++) {
		const struct registry_row *row = &a->heirs[i].row;
		const struct tree_edit add = {
		    .kind = EDIT_ADD, .child = row->id, .to = row->parent, .slot = row->slot};
		if (row->parent != parent)
			break;
		if (!is_in_tree(&a->heirs[i]))
			continue;
		if (tree_apply(a->controller->tree, &add, err))
			return -1;
		tree_ids_add(placed, row->id);
	}
	return 0;
}

/* A node may have come to its parent before that came to its own: all of one level are placed
 * before what is below them. */
static int build_tree(struct adoption *a, struct error *err)
{
	struct tree_ids placed = {0};
	size_t left = 0;
	int rc;

	if (a->count)
		qsort(a->heirs, a->count, sizeof *a->heirs, by_place);
	for (size_t i = 0; i < a->count; i++)
		left += is_in_tree(&a->heirs[i]);
	rc = place_children(a, NODE_CONTROLLER, &placed, err);
	for (size_t i = 0; rc == 0 && i < placed.count; i++)
		rc = place_children(a, placed.items[i], &placed, err);
	left -= placed.count;
	tree_ids_free(&placed);
	if (rc == 0 && left)
		rc = error_set(err, ERR_INTERNAL, "%zu nodes have no parent", left);
	return rc ? rc : a->controller->lifecycle->topology->check(a->controller->tree, err);
}

static int make_nodes(struct adoption *a, struct error *err)
{
	struct controller *c = a->controller;

	for (size_t i = 0; i < a->count; i++) {
		const struct heir *heir = &a->heirs[i];
		struct node *n;

		if (heir->row.incarnation > c->lifecycle->last_incarnation)
			c->lifecycle->last_incarnation = heir->row.incarnation;
		if (heir->row.order > c->lifecycle->last_order)
			c->lifecycle->last_order = heir->row.order;
		if (!is_in_tree(heir))
			continue;
		n = mem_new(sizeof *n);
		n->id = heir->row.id;
		n->data_id = heir->row.data_id;
		n->incarnation = heir->row.incarnation;
		n->record.phase = heir->row.phase;
		n->record.order = heir->row.order;
		n->service = heir->service;
		terms_give(&heir->terms, n);
		node_begin_life(n, LIFE_DEAD);
		n->worker.started = clock_ms();
		n->restart.count = heir->row.restarts;
		n->restart.deaths = n->restart.own_deaths = heir->row.deaths;
		n->restart.recorded = restart_policy_at_start(&heir->row, heir->terms.restart,
		                                              c->config.restart_limit);
		if (n->restart.recorded == REGISTRY_LIFE_GIVEN_UP && c->config.ends_at_give_up) {
			n->restart.recorded = REGISTRY_LIFE_RUNS;
			n->restart.deaths = n->restart.own_deaths = 0;
		}
		n->health.reported = heir->row.reported;
		node_set_cause(n, heir->cause);
		node_enter(c, n);
		if (names_enter(c, n, heir->terms.name, heir->terms.group, err))
			return -1;
	}
	return 0;
}

static int take_head(struct adoption *a, const struct registry_head *head, struct error *err)
{
	struct controller *c = a->controller;

	if (a->count && head->topology && strcmp(head->topology, c->lifecycle->topology->name) != 0)
		return error_set(err, ERR_PARAMS,
		                 "it holds a tree of %zu nodes of topology %s, not %s", a->count,
		                 head->topology, c->lifecycle->topology->name);
	c->controller_epoch = epoch_take(c->config.runtime_dir, head->epoch, &a->epoch_kept);
	if (c->controller_epoch > MESSAGE_EPOCH_MAX)
		return error_set(err, ERR_INTERNAL, "no epochs are left");
	c->lifecycle->last_incarnation = data_dirs_last(c->lifecycle->data_dirs);
	if (head->incarnation > c->lifecycle->last_incarnation)
		c->lifecycle->last_incarnation = head->incarnation;
	a->ended = head->ended;
	a->same_boot = head->boot && strcmp(head->boot, c->lifecycle->boot) == 0 &&
	               strcmp(c->lifecycle->boot, NO_BOOT) != 0;
	a->same_links = head->links && is_same_directory(head->links, c->config.runtime_dir);
	a->same_form = strcmp(head->link ? head->link : "", link_form_word(c)) == 0;
	/* Version 0.1.0 did not write it down. */
	a->here = !head->place || strcmp(head->place, c->lifecycle->place) == 0;
	/* What was asked of a tree that goes on stays; one that ended begins with its settings. */
	if (!head->ended)
		c->lifecycle->heartbeat_asked = head->heartbeat_ms;
	return 0;
}

struct adoption *adopt_load(struct controller *c, const char *dir, struct error *err)
{
	struct adoption *a = mem_new(sizeof *a);
	struct registry_head head;
	struct error why;

	a->controller = c;
	c->lifecycle->boot = read_boot();
	c->lifecycle->place = read_place(dir);
	c->registry = registry_open(c->loop, dir, inheritance_take_row, a, &head, err);
	if (!c->registry) {
		adopt_free(a);
		return NULL;
	}
	if (take_head(a, &head, &why) || build_tree(a, &why) || make_nodes(a, &why)) {
		error_set(err, why.code, "%s/registry.db: %s", dir ? dir : "", why.text);
		adopt_free(a);
		return NULL;
	}
	requests_epoch(c->requests, c->controller_epoch);
	return a;
}

void adopt_free(struct adoption *a)
{
	for (size_t i = 0; i < a->count; i++) {
		terms_free(&a->heirs[i].terms);
		free(a->heirs[i].cause);
	}
	free(a->heirs);
	free(a);
}
