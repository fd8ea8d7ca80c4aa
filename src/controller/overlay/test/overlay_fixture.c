/* The controller that is tested, its nodes, and what the rooms above the overlay do. */
#include "controller/overlay/test/overlay_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/mem.h"
#include "controller/node/invariants.h"
#include "controller/overlay/link_files.h"
#include "controller/overlay/link_form.h"
#include "wire/report.h"

struct controller world;
bool fixture_reported;

/* What lifecycle does. */

static void on_joined(struct controller *c, struct node *n)
{
	fixture_keep(WORD_JOINED, n->id);
	node_set_life(n, LIFE_COMMITTING, "it joined");
	node_set_life(n, LIFE_RUNNING, "it is recorded");
	overlay_joined(c, n);
}

static void lose(struct controller *c, struct node *n)
{
	orphan_parent_lost(c, n);
	rehome_all(c);
}

static void on_silent(struct controller *c, struct node *n, int64_t silent_ms)
{
	fixture_keep(WORD_SILENT, n->id);
	if (!node_has_joined(n) || node_is_silent(n))
		return;
	orphan_recall(c, n, "nothing is heard from it");
	liveness_silent(c, n, silent_ms);
	lose(c, n);
}

static void on_overdue(struct controller *c, struct node *n)
{
	fixture_keep(WORD_OVERDUE, n->id);
	lose(c, n);
}

static void on_hung(struct controller *c, struct node *n, int64_t silent_ms)
{
	(void)c;
	fixture_keep(WORD_HUNG, n->id)->silent_ms = silent_ms;
}

static void on_resend(struct controller *c, struct node *n)
{
	(void)c;
	fixture_keep(WORD_RESEND, n->id);
}

static const struct overlay_handlers handlers = {.joined = on_joined,
                                                 .silent = on_silent,
                                                 .overdue = on_overdue,
                                                 .hung = on_hung,
                                                 .resend = on_resend};

void fixture_kill(struct node *n)
{
	n->worker.process = NULL;
	n->restart.joined = 0;
	if (node_is_new(n)) {
		node_set_link(n, LINK_NONE, "a test");
		node_set_life(n, LIFE_RETIRED, "a test");
		return;
	}
	liveness_died(&world, n, "a test");
	overlay_ended(&world, n, "a test");
	lose(&world, n);
}

static void on_event(void *arg, const struct event *event)
{
	struct word *word = fixture_keep(WORD_EVENT, event->id);

	(void)arg;
	word->event = *event;
	if (event->program)
		word->program = *event->program;
	word->event.program = NULL;
}

void fixture_begin(void)
{
	struct error err;

	world = (struct controller){.controller_epoch = 3,
	                            .children = (struct children *)fixture_processes,
	                            .config.runtime_dir = "/run",
	                            .config.link = "ipc",
	                            .config.link_security = "curve"};
	world.tree = tree_new();
	world.events = event_log_new();
	event_listen(world.events, on_event, NULL);
	overlay_init(&world, &handlers);
	cr_assert_eq(link_form_init(&world, &err), 0, "%s", err.text);
	world.overlay->endpoint = link_files_endpoint(&world, NULL);
	world.overlay->heartbeat_ms = FIXTURE_HEARTBEAT_MS;
}

void fixture_end(void)
{
	struct node *n;
	struct node *next;

	fixture_turn();
	HASH_ITER (hh, world.nodes, n, next) {
		route_drop(n);
		HASH_DEL(world.nodes, n);
		node_free(n);
	}
	world.children = NULL;
	overlay_stop(&world);
	event_log_free(world.events);
	tree_free(world.tree);
}

static struct node *new_node(int id, int parent, enum node_life life)
{
	struct node *n = mem_new(sizeof *n);
	struct error err;

	cr_assert_lt(id, FIXTURE_NODES);
	n->id = id;
	n->incarnation = FIXTURE_INCARNATION(id);
	n->service = "sum";
	n->worker.process = (struct process *)&fixture_processes[id];
	node_begin_life(n, life);
	n->restart.joined = life == LIFE_RUNNING;
	HASH_ADD_INT(world.nodes, id, n);
	cr_assert_eq(tree_apply(world.tree,
	                        &(struct tree_edit){.kind = EDIT_ADD, .child = id, .to = parent},
	                        &err),
	             0);
	return n;
}

struct node *fixture_launch(int id, int parent)
{
	struct node *n = new_node(id, parent, LIFE_STARTING);

	overlay_join(&world, n, node_find(world.nodes, parent));
	return n;
}

struct node *fixture_add(int id, int parent)
{
	struct node *n = fixture_launch(id, parent);

	node_set_life(n, LIFE_COMMITTING, "a test");
	node_set_life(n, LIFE_RUNNING, "a test");
	n->restart.joined = 1;
	/* It has told of its children, and that there are none. */
	n->link.report.version = 1;
	overlay_joined(&world, n);
	return n;
}

struct node *fixture_inherit(int id, int parent)
{
	struct node *n = new_node(id, parent, LIFE_RUNNING);

	n->health.reported = fixture_reported;
	orphan_inherit(&world, n);
	return n;
}

void fixture_place(int id, int parent)
{
	struct error err;

	cr_assert_eq(tree_apply(world.tree,
	                        &(struct tree_edit){.kind = EDIT_MOVE,
	                                            .child = id,
	                                            .from = tree_parent(world.tree, id),
	                                            .to = parent},
	                        &err),
	             0);
}

struct node *fixture_find(int id)
{
	return node_find(world.nodes, id);
}

void fixture_turn(void)
{
	while (fixture_run_deferred())
		;
	for (const struct node *n = world.nodes; n; n = n->hh.next) {
		const char *wrong = n->life == LIFE_RETIRED ? NULL : node_check_link(n);
		cr_assert_null(wrong, "node %d, link %s: %s", n->id, link_state_name(n->link.state),
		               wrong);
	}
	cr_assert_null(overlay_valid(&world));
}

static void write_entry(const struct node *child, uint64_t generation, enum report_state state,
                        struct buffer *bytes)
{
	report_write(&(struct report_entry){.id = child->id,
	                                    .incarnation = child->incarnation,
	                                    .generation = generation,
	                                    .state = state,
	                                    .silent_ms = FIXTURE_PATIENCE_MS},
	             bytes);
}

static void take(struct node *parent, uint64_t since, unsigned flags, struct buffer *bytes)
{
	report_take(&world, parent,
	            &(struct message){.type = MSG_REPORT,
	                              .flags = flags,
	                              .report.controller_epoch = world.controller_epoch,
	                              .report.since = since,
	                              .report.version = parent->link.report.version + 1,
	                              .payload = buffer_bytes(bytes),
	                              .payload_size = buffer_size(bytes)});
	buffer_free(bytes);
}

void fixture_report(struct node *parent, const struct node *child, uint64_t generation,
                    enum report_state state)
{
	struct buffer bytes = {0};

	write_entry(child, generation, state, &bytes);
	take(parent, parent->link.report.version, FLAG_LAST, &bytes);
}

void fixture_report_all(struct node *parent, struct node *const *kids, size_t count,
                        uint64_t generation)
{
	struct buffer bytes = {0};

	for (size_t i = 0; i < count; i++)
		write_entry(kids[i], generation, REPORT_HERE, &bytes);
	take(parent, 0, FLAG_LAST, &bytes);
}

struct node *fixture_moving(void)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	fixture_add(3, 1);
	n = fixture_add(2, 1);
	fixture_place(2, 3);
	rehome_all(&world);
	fixture_turn();
	cr_assert(node_is_moving(n));
	cr_assert_eq(n->link.move.to, 3);
	return n;
}

struct node *fixture_moving_back(void)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	fixture_add(3, 1);
	n = fixture_add(2, 1);
	fixture_place(2, 3);
	rehome_node(&world, n);
	cr_assert_eq(n->link.move.to, 3);
	fixture_kill(fixture_find(3));
	cr_assert_eq(n->link.move.to, 1);
	cr_assert_eq(n->link.up->id, 1);
	fixture_clear();
	return n;
}
