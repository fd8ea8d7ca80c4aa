/* Owns what was read of the registry, for as long as the start takes. */
#include "controller/adopt.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/depart.h"
#include "controller/epoch.h"
#include "controller/launch.h"
#include "controller/lifecycle.h"
#include "controller/liveness.h"
#include "controller/loss.h"
#include "controller/orphan.h"
#include "controller/record.h"
#include "controller/restart.h"
#include "controller/statedir.h"
#include "service/service.h"
#include "wire/message.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* A row, with strings that stay. */
struct heir {
	struct registry_row row; /* of its strings only the cause */
	const char *service;     /* static */
	enum restart_policy restart;
	char *cause; /* owned */
	bool placed; /* in the tree */
};

struct adoption {
	struct controller *controller; /* borrowed */
	struct heir *heirs;
	size_t count;
	size_t room;
	bool same;       /* the machine has not started anew, and the links are where they were */
	bool ended;      /* in order */
	bool epoch_kept; /* outside of the registry */
};

/* "unknown" where the kernel does not say: then no process is ever taken over. */
static char *read_boot(void)
{
	char text[64] = "";
	FILE *f = fopen(BOOT_ID, "re");
	bool good = f && fgets(text, sizeof text, f);

	if (f)
		fclose(f);
	text[strcspn(text, " \n")] = '\0';
	return mem_string(good && *text ? text : "unknown");
}

static int take_row(void *arg, const struct registry_row *row, struct error *err)
{
	struct adoption *a = arg;
	const struct dtree_service *service = service_find(row->service);
	struct heir *heir;

	if (!service)
		return error_set(err, ERR_INTERNAL, "node %d: no service '%s'", row->id,
		                 row->service);
	if (a->count == a->room) {
		a->room = a->room ? 2 * a->room : 64;
		a->heirs = mem_resize(a->heirs, a->room * sizeof *a->heirs);
	}
	heir = &a->heirs[a->count++];
	*heir =
	    (struct heir){.row = *row, .service = service->name, .cause = mem_string(row->cause)};
	heir->row.cause = heir->cause;
	return policy_parse(row->restart, &heir->restart, err);
}

static int by_order(const void *a, const void *b)
{
	uint64_t x = ((const struct heir *)a)->row.order;
	uint64_t y = ((const struct heir *)b)->row.order;

	return (x > y) - (x < y);
}

static bool is_in_tree(const struct heir *heir)
{
	return heir->row.phase != REGISTRY_DOOMED;
}

/* Those whose parent is there; false: nobody could be placed. */
static bool place_some(struct adoption *a, size_t *left, struct error *err)
{
	struct tree *tree = a->controller->tree;
	bool some = false;

	for (size_t i = 0; i < a->count; i++) {
		struct heir *heir = &a->heirs[i];
		const struct registry_row *row = &heir->row;
		if (heir->placed || !is_in_tree(heir) || !tree_has(tree, row->parent))
			continue;
		if (tree_apply(tree,
		               &(struct tree_edit){.kind = EDIT_ADD,
		                                   .child = row->id,
		                                   .to = row->parent,
		                                   .slot = row->slot},
		               err))
			return false;
		heir->placed = some = true;
		--*left;
	}
	if (!some)
		error_set(err, ERR_INTERNAL, "%zu nodes have no parent", *left);
	return some;
}

static int build_tree(struct adoption *a, struct error *err)
{
	size_t left = 0;

	if (a->count)
		qsort(a->heirs, a->count, sizeof *a->heirs, by_order);
	for (size_t i = 0; i < a->count; i++)
		left += is_in_tree(&a->heirs[i]);
	while (left)
		if (!place_some(a, &left, err))
			return -1;
	return a->controller->topology->check(a->controller->tree, err);
}

static void make_nodes(struct adoption *a)
{
	struct controller *c = a->controller;

	for (size_t i = 0; i < a->count; i++) {
		const struct heir *heir = &a->heirs[i];
		cleanup_free char *path = launch_path(c, heir->row.incarnation);
		struct node *n;

		if (heir->row.incarnation > c->last_incarnation)
			c->last_incarnation = heir->row.incarnation;
		if (heir->row.order > c->last_order)
			c->last_order = heir->row.order;
		if (!is_in_tree(heir))
			continue;
		n = mem_new(sizeof *n);
		n->id = heir->row.id;
		n->birth = heir->row.birth;
		n->incarnation = heir->row.incarnation;
		n->phase = heir->row.phase;
		n->order = heir->row.order;
		n->service = heir->service;
		n->state = NODE_DEAD;
		n->started = clock_ms();
		n->endpoint = mem_format("ipc://%s", path);
		n->restart.policy = heir->restart;
		n->restart.count = heir->row.restarts;
		n->restart.deaths = n->restart.own_deaths = heir->row.deaths;
		n->restart.life = policy_at_start(&heir->row, heir->restart, c->restart_limit);
		n->reported = heir->row.reported;
		node_set_cause(n, heir->cause);
		HASH_ADD_INT(c->nodes, id, n);
	}
}

static int take_head(struct adoption *a, const struct registry_head *head, struct error *err)
{
	struct controller *c = a->controller;

	if (a->count && head->topology && strcmp(head->topology, c->topology->name) != 0)
		return error_set(err, ERR_PARAMS,
		                 "it holds a tree of %zu nodes of topology %s, not %s", a->count,
		                 head->topology, c->topology->name);
	c->epoch = epoch_take(c->runtime_dir, head->epoch, &a->epoch_kept);
	if (c->epoch > MESSAGE_EPOCH_MAX)
		return error_set(err, ERR_INTERNAL, "no epochs are left");
	c->last_incarnation = statedir_last(c->statedir);
	if (head->incarnation > c->last_incarnation)
		c->last_incarnation = head->incarnation;
	a->ended = head->ended;
	a->same = head->boot && strcmp(head->boot, c->boot) == 0 &&
	          strcmp(c->boot, "unknown") != 0 && head->links &&
	          strcmp(head->links, c->runtime_dir) == 0;
	/* What was asked of a tree that goes on stays; one that ended begins with its settings. */
	if (!head->ended)
		c->heartbeat_asked = head->heartbeat_ms;
	return 0;
}

struct adoption *adopt_load(struct controller *c, const char *dir, struct error *err)
{
	struct adoption *a = mem_new(sizeof *a);
	struct registry_head head;
	struct error why;

	a->controller = c;
	c->boot = read_boot();
	c->registry = registry_open(c->loop, dir, take_row, a, &head, err);
	if (!c->registry) {
		adopt_free(a);
		return NULL;
	}
	if (take_head(a, &head, &why) || build_tree(a, &why)) {
		error_set(err, why.code, "%s/registry.db: %s", dir ? dir : "", why.text);
		adopt_free(a);
		return NULL;
	}
	make_nodes(a);
	pending_epoch(c->pending, c->epoch);
	return a;
}

void adopt_free(struct adoption *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->heirs[i].cause);
	free(a->heirs);
	free(a);
}

/* NULL: it is dead, or *err says why it cannot be watched. */
static struct process *find_process(struct adoption *a, const struct registry_row *row,
                                    struct error *err)
{
	struct controller *c = a->controller;
	cleanup_free char *path = launch_path(c, row->incarnation);
	const struct process_tag tag = {.node = row->id, .incarnation = row->incarnation};

	*err = (struct error){0};
	if (!row->pid || !a->same)
		return NULL;
	return process_adopt(c->processes, row->pid, row->pid_start, path, &tag, err);
}

/* It was not answered: it is taken back. */
static void withdraw(struct controller *c, struct node *n)
{
	struct tree_edits edits = {0};

	topology_withdraw(c->tree, n->id, &edits);
	record_edits(c, &edits);
	tree_edits_free(&edits);
	HASH_DEL(c->nodes, n);
	node_free(n);
}

static void begin_dead(struct adoption *a, const struct registry_row *row, struct node *n)
{
	struct controller *c = a->controller;

	n->pid = row->pid;
	switch (n->restart.life) {
	case REGISTRY_LIFE_RUNS:
		if (row->pid && !a->ended)
			liveness_found_ended(c, n);
		restart_revive(c, n);
		break;
	case REGISTRY_LIFE_STOPPED:
		n->restart.stage = STAGE_STOPPED;
		break;
	case REGISTRY_LIFE_GIVEN_UP:
		n->restart.stage = STAGE_GIVEN_UP;
		liveness_found_dead(c, n);
		break;
	case REGISTRY_LIFE_UNKNOWN:
	case REGISTRY_LIFE_DEAD:
		liveness_found_dead(c, n);
		break;
	}
}

static void begin_living(const struct adoption *a, struct node *n, struct process *p)
{
	if (n->restart.life != REGISTRY_LIFE_STOPPED)
		n->restart.life = REGISTRY_LIFE_RUNS;
	/* The end of the tree had begun. */
	n->leaving = a->ended;
	n->state = NODE_UP;
	n->process = p;
	n->pid = process_pid(p);
	n->started = clock_ms() - process_age_ms(p);
	n->restart.joined = n->started;
}

/* Who lives, first of all: what follows depends on it. */
static int find_living(struct adoption *a, struct departure *leaving, struct error *err)
{
	struct controller *c = a->controller;

	for (size_t i = 0; i < a->count; i++) {
		const struct registry_row *row = &a->heirs[i].row;
		struct process *p = find_process(a, row, err);

		if (!p && err->code)
			return -1;
		if (row->phase != REGISTRY_KEPT)
			depart_add_stray(leaving, p, row->birth);
		else if (p)
			begin_living(a, node_find(c->nodes, row->id), p);
	}
	return 0;
}

static void inherit(struct adoption *a)
{
	struct controller *c = a->controller;
	struct tree_ids ids = {0};
	size_t living = 0;

	for (size_t i = 0; i < a->count; i++)
		if (a->heirs[i].row.phase == REGISTRY_STARTING)
			withdraw(c, node_find(c->nodes, a->heirs[i].row.id));
	tree_subtree(c->tree, NODE_CONTROLLER, &ids);
	for (size_t i = 0; i < ids.count; i++) {
		struct node *n = node_find(c->nodes, ids.items[i]);
		if (n->state != NODE_UP)
			continue;
		living++;
		if (n->restart.life != REGISTRY_LIFE_STOPPED) {
			orphan_inherit(c, n);
			continue;
		}
		n->state = NODE_DEAD;
		lifecycle_stop_inherited(c, n);
	}
	for (size_t i = 0; i < a->count; i++) {
		struct node *n = node_find(c->nodes, a->heirs[i].row.id);
		if (a->heirs[i].row.phase == REGISTRY_KEPT && n->state == NODE_DEAD && !n->process)
			begin_dead(a, &a->heirs[i].row, n);
	}
	if (ids.count)
		log_info("adopt", "%zu nodes were here before, %zu of them live", ids.count,
		         living);
	tree_ids_free(&ids);
}

/* Socket files of lives that are over. */
static void clean_links(const struct controller *c)
{
	DIR *d = opendir(c->runtime_dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		cleanup_free char *path = mem_format("%s/%s", c->runtime_dir, entry->d_name);
		cleanup_free char *endpoint = mem_format("ipc://%s", path);
		bool used = entry->d_name[0] == '.' || strcmp(endpoint, c->endpoint) == 0 ||
		            strcmp(path, worker_log_path(c->worker_log)) == 0;

		for (const struct node *n = c->nodes; n && !used; n = n->hh.next)
			used = n->process && strcmp(n->endpoint, endpoint) == 0;
		if (!used)
			unlink(path);
	}
	if (d)
		closedir(d);
}

static void on_strays_gone(struct controller *c, uint64_t number, const struct error *err)
{
	(void)c;
	(void)number;
	if (err)
		log_error("adopt", "%s", err->text);
}

int adopt_carry_out(struct adoption *a, struct error *err)
{
	struct controller *c = a->controller;
	struct departure *leaving = depart_new(c, 0, true, on_strays_gone, 0);

	if (find_living(a, leaving, err))
		return -1;
	clean_links(c);
	/* No two controllers may ever have one epoch. Else nothing of this has to be written before
	 * those who live are adopted: their time runs. */
	record_head(c);
	if (registry_write(c->registry, REGISTRY_FOR_EVER, err) && !a->epoch_kept)
		return -1;
	inherit(a);
	depart_begin(leaving);
	return 0;
}
