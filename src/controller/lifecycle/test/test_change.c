/* Changes of a node that is there: what is done at once, when that is answered, what is refused. */
#include "controller/lifecycle/change.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/test/fakes.h"
#include "controller/node/event.h"
#include "controller/node/names.h"

static struct answer answer;
static struct event published; /* the last node_changed */
static size_t events;

static void on_event(void *arg, const struct event *event)
{
	(void)arg;
	if (event->type != EVENT_NODE_CHANGED)
		return;
	published = *event;
	events++;
}

static void change_set_up(void)
{
	fakes_set_up();
	event_listen(fakes.controller->events, on_event, NULL);
	fakes_create(NODE_CONTROLLER, 1);
	fakes_create(1, 2);
	events = 0;
}

static void change_tear_down(void)
{
	cr_assert_null(controller_valid(fakes.controller));
	fakes_tear_down();
}

TestSuite(change, .timeout = 60, .init = change_set_up, .fini = change_tear_down);

static void ask(int id, unsigned what, struct node_settings settings)
{
	answer = (struct answer){0};
	controller_change(fakes.session,
	                  &(struct change_request){.id = id, .what = what, .settings = settings},
	                  fakes_answer, &answer);
	fakes_turn();
}

/* It is done, and these bits differed. */
static void assert_done(unsigned changed)
{
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE, "%s", answer.outcome.error.text);
	cr_assert_eq(answer.outcome.changed, changed, "%x", answer.outcome.changed);
}

static void assert_refused(enum error_code code, const char *why)
{
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, code);
	cr_assert(strstr(answer.outcome.error.text, why), "%s", answer.outcome.error.text);
	cr_assert_eq(events, 0);
}

Test(change, is_in_force_at_once_and_answered_when_it_is_recorded)
{
	struct node *n = fakes_node(2);

	ask(2, CHANGE_RESTART | CHANGE_NAME | CHANGE_GROUP | CHANGE_DECLARED,
	    (struct node_settings){
	        .restart = "no", .name = "store", .group = "stores", .declared = NODE_DECLARED});
	cr_assert_eq(n->restart.policy, RESTART_NO);
	cr_assert_str_eq(node_name(n), "store");
	cr_assert_str_eq(node_group(n), "stores");
	cr_assert_eq(n->declared, NODE_DECLARED);
	cr_assert_str_eq(fakes_row(2)->restart, "no");
	cr_assert_str_eq(fakes_row(2)->name, "store");
	cr_assert_str_eq(fakes_row(2)->group, "stores");
	cr_assert_str_eq(fakes_row(2)->declared, "yes");
	cr_assert_eq(answer.calls, 0);
	assert_done(CHANGE_RESTART | CHANGE_NAME | CHANGE_GROUP | CHANGE_DECLARED);
	cr_assert_eq(n->life, LIFE_RUNNING);
	cr_assert_eq(fakes.started, 2);
}

Test(change, leaves_what_is_not_asked_for)
{
	struct node *n = fakes_node(2);

	ask(2, CHANGE_NAME | CHANGE_GROUP,
	    (struct node_settings){.name = "store", .group = "stores"});
	assert_done(CHANGE_NAME | CHANGE_GROUP);
	ask(2, CHANGE_DECLARED, (struct node_settings){.declared = NODE_UNDECLARED});
	assert_done(CHANGE_DECLARED);
	cr_assert_str_eq(node_name(n), "store");
	cr_assert_str_eq(node_group(n), "stores");
	cr_assert_eq(n->restart.policy, RESTART_ALWAYS);
	ask(2, CHANGE_NAME, (struct node_settings){.name = NULL});
	assert_done(CHANGE_NAME);
	cr_assert_null(node_name(n));
	cr_assert_str_eq(node_group(n), "stores");
	cr_assert_null(fakes_row(2)->name);
}

Test(change, tells_only_what_differs)
{
	ask(2, CHANGE_RESTART | CHANGE_GROUP,
	    (struct node_settings){.restart = "always", .group = "stores"});
	assert_done(CHANGE_GROUP);
	cr_assert_eq(events, 1);
	cr_assert_eq(published.id, 2);
	cr_assert_eq(published.changed, CHANGE_GROUP);
	ask(2, CHANGE_RESTART | CHANGE_GROUP,
	    (struct node_settings){.restart = "always", .group = "stores"});
	cr_assert_eq(answer.calls, 0, "what is so may not be recorded yet");
	assert_done(0);
	cr_assert_eq(events, 1);
}

Test(change, to_no_policy_is_to_that_of_the_tree)
{
	ask(2, CHANGE_RESTART, (struct node_settings){.restart = "no"});
	assert_done(CHANGE_RESTART);
	ask(2, CHANGE_RESTART, (struct node_settings){.restart = NULL});
	assert_done(CHANGE_RESTART);
	cr_assert_eq(fakes_node(2)->restart.policy, RESTART_ALWAYS);
}

Test(change, of_the_policy_is_for_the_next_death)
{
	ask(2, CHANGE_RESTART, (struct node_settings){.restart = "no"});
	assert_done(CHANGE_RESTART);
	fakes_end(2, "signal 9 (Killed)");
	cr_assert_eq(fakes_node(2)->life, LIFE_DEAD);
	ask(2, CHANGE_RESTART, (struct node_settings){.restart = "always"});
	assert_done(CHANGE_RESTART);
	cr_assert_eq(fakes_node(2)->life, LIFE_DEAD);
}

Test(change, is_refused_as_a_whole)
{
	ask(1, CHANGE_NAME, (struct node_settings){.name = "store"});
	assert_done(CHANGE_NAME);
	events = 0;
	ask(2, CHANGE_RESTART | CHANGE_GROUP | CHANGE_NAME,
	    (struct node_settings){.restart = "no", .name = "store", .group = "stores"});
	assert_refused(ERR_NAME_TAKEN, "node 1 has the name 'store'");
	cr_assert_eq(fakes_node(2)->restart.policy, RESTART_ALWAYS);
	cr_assert_null(node_group(fakes_node(2)));
}

Test(change, names_what_is_wrong)
{
	ask(9, CHANGE_GROUP, (struct node_settings){.group = "stores"});
	assert_refused(ERR_NOT_FOUND, "no node 9");
	ask(2, CHANGE_RESTART, (struct node_settings){.restart = "maybe"});
	assert_refused(ERR_PARAMS, "maybe");
	ask(2, CHANGE_NAME, (struct node_settings){.name = "a b"});
	assert_refused(ERR_PARAMS, "name 'a b'");
	ask(2, CHANGE_GROUP, (struct node_settings){.group = "1"});
	assert_refused(ERR_PARAMS, "group '1'");
}

Test(change, that_is_not_recorded_says_so)
{
	ask(2, CHANGE_RESTART, (struct node_settings){.restart = "no"});
	fakes_not_written("the disk is full");
	cr_assert_eq(answer.calls, 1);
	cr_assert_str_eq(answer.outcome.error.text,
	                 "the change is in force, but not recorded: the disk is full");
	ask(2, CHANGE_RESTART, (struct node_settings){.restart = "always"});
	fakes_pass(TIMEOUT_MS);
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_UNKNOWN);
	cr_assert(strstr(answer.outcome.error.text, "it takes too long"), "%s",
	          answer.outcome.error.text);
	fakes_written();
}

Test(change, waits_for_a_node_that_is_being_created)
{
	struct answer created = {0};
	int id = 0;

	controller_create(fakes.session,
	                  &(struct create_request){.id = 3, .settings.declared = NODE_DECLARED},
	                  fakes_answer, &created);
	ask(3, CHANGE_NAME, (struct node_settings){.name = "store"});
	/* It can be said at once. */
	cr_assert_eq(controller_find(fakes.controller, "store", &id, NULL), 0);
	cr_assert_eq(id, 3);
	cr_assert_eq(answer.calls, 0);
	fakes_written();
	cr_assert_str_eq(fakes_row(3)->declared, "yes");
	fakes_join(3);
	fakes_written();
	cr_assert_eq(created.calls, 1);
	assert_done(CHANGE_NAME);
	cr_assert_str_eq(node_name(fakes_node(3)), "store");
}

Test(change, that_fails_gives_the_name_back)
{
	ask(9, CHANGE_NAME, (struct node_settings){.name = "store"});
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(controller_find(fakes.controller, "store", &(int){0}, NULL), -1);
}

Test(change, ends_with_the_node)
{
	struct answer killed = {0};
	struct session *other = session_open(fakes.controller);

	controller_create(other, &(struct create_request){.id = 3}, fakes_answer,
	                  &(struct answer){0});
	ask(3, CHANGE_NAME, (struct node_settings){.name = "store"});
	controller_kill(fakes.session, 3, fakes_answer, &killed);
	session_close(other);
	other = session_open(fakes.controller);
	controller_kill(other, 3, fakes_answer, &killed);
	fakes_turn();
	assert_refused(ERR_NOT_FOUND, "no node 3");
	fakes_written();
	fakes_end(3, "signal 9 (Killed)");
	fakes_written();
	session_close(other);
}

static void ask_move(int id, int parent)
{
	answer = (struct answer){0};
	controller_change(
	    fakes.session,
	    &(struct change_request){.id = id, .what = CHANGE_PARENT, .parent = parent},
	    fakes_answer, &answer);
	fakes_turn();
}

Test(change, of_the_parent_moves_all_below_it_and_is_recorded)
{
	fakes_create(2, 3);
	fakes_create(NODE_CONTROLLER, 4);
	ask_move(2, 4);
	cr_assert_eq(tree_parent(fakes.controller->tree, 2), 4);
	cr_assert_eq(tree_parent(fakes.controller->tree, 3), 2);
	cr_assert_eq(fakes_row(2)->parent, 4);
	cr_assert_gt(fakes_row(2)->order, fakes_row(4)->order);
	/* The link of what moved follows; those below it stay. */
	cr_assert_eq(fakes_node(2)->link.state, LINK_MOVING);
	cr_assert_eq(fakes_node(2)->link.move.to, 4);
	cr_assert_eq(fakes_node(3)->link.state, LINK_UP);
	cr_assert_eq(answer.calls, 0);
	assert_done(CHANGE_PARENT);
	cr_assert_eq(answer.outcome.parent, 4);
	cr_assert(published.has_parent && published.parent == 4);
	ask_move(2, 4);
	assert_done(0);
	cr_assert_eq(answer.outcome.parent, 4);
}

Test(change, of_the_parent_names_what_cannot_be)
{
	ask_move(1, 2);
	assert_refused(ERR_PARAMS, "node 1 cannot go under node 2, which is below it");
	ask_move(1, 9);
	assert_refused(ERR_PARENT_NOT_FOUND, "no node 9");
	answer = (struct answer){0};
	controller_change(fakes.session,
	                  &(struct change_request){.id = 2,
	                                           .what = CHANGE_PARENT | CHANGE_NAME,
	                                           .parent = 9,
	                                           .settings.name = "store"},
	                  fakes_answer, &answer);
	fakes_turn();
	assert_refused(ERR_PARENT_NOT_FOUND, "no node 9");
	cr_assert_null(node_name(fakes_node(2)));
}

Test(change, of_the_parent_waits_for_one_that_is_being_created)
{
	struct answer created = {0};

	controller_create(fakes.session, &(struct create_request){.id = 3}, fakes_answer, &created);
	ask_move(2, 3);
	cr_assert_eq(tree_parent(fakes.controller->tree, 2), 1);
	fakes_written();
	fakes_end(3, "exit status 1");
	fakes_written();
	cr_assert_neq(created.outcome.error.code, ERR_NONE);
	assert_refused(ERR_PARENT_NOT_FOUND, "no node 3");
	cr_assert_eq(tree_parent(fakes.controller->tree, 2), 1);
}

Test(change, of_the_parent_may_lead_below_a_dead_one)
{
	ask(1, CHANGE_RESTART, (struct node_settings){.restart = "no"});
	assert_done(CHANGE_RESTART);
	fakes_create(NODE_CONTROLLER, 3);
	fakes_end(1, "signal 9 (Killed)");
	ask_move(3, 1);
	assert_done(CHANGE_PARENT);
	cr_assert_eq(tree_parent(fakes.controller->tree, 3), 1);
	cr_assert_eq(fakes_node(3)->link.state, LINK_UP);
	cr_assert_eq(node_link_parent(fakes_node(3)), NODE_CONTROLLER);
}

/* 3 has its place below 2, and its link below 1 yet. */
static void move_away(void)
{
	fakes_create(1, 3);
	fakes_create(3, 4);
	ask_move(3, NODE_CONTROLLER);
	cr_assert_eq(fakes_node(3)->link.up, fakes_node(1));
}

Test(change, of_the_parent_outlives_the_kill_of_the_former)
{
	struct answer killed = {0};

	move_away();
	controller_kill(fakes.session, 1, fakes_answer, &killed);
	fakes_turn();
	cr_assert_null(fakes_node(1));
	cr_assert_null(fakes_node(2));
	cr_assert_eq(fakes_node(3)->link.state, LINK_ORPHANED);
	cr_assert_eq(fakes_process(3)->signal, SIGUSR1);
	cr_assert_eq(fakes_node(4)->link.state, LINK_UP);
	cr_assert_null(controller_valid(fakes.controller));
	fakes_written();
}

Test(change, of_the_parent_of_a_dead_node_outlives_the_kill_of_the_former)
{
	struct answer killed = {0};

	fakes_create(1, 3);
	ask(3, CHANGE_RESTART, (struct node_settings){.restart = "no"});
	assert_done(CHANGE_RESTART);
	fakes_end(3, "signal 9 (Killed)");
	ask_move(3, NODE_CONTROLLER);
	controller_kill(fakes.session, 1, fakes_answer, &killed);
	fakes_turn();
	cr_assert_eq(fakes_node(3)->life, LIFE_DEAD);
	cr_assert_null(fakes_node(3)->link.up);
	fakes_written();
}

Test(change, of_the_parent_gets_another_goal_where_that_is_killed)
{
	struct answer killed = {0};

	fakes_create(NODE_CONTROLLER, 3);
	ask_move(3, 2);
	assert_done(CHANGE_PARENT);
	cr_assert_eq(fakes_node(3)->link.move.to, 2);
	/* It moves there still, and belongs elsewhere. */
	ask_move(3, NODE_CONTROLLER);
	assert_done(CHANGE_PARENT);
	cr_assert_eq(fakes_node(3)->link.move.to, 2);
	controller_kill(fakes.session, 2, fakes_answer, &killed);
	fakes_turn();
	cr_assert_eq(fakes_node(3)->link.move.to, NODE_CONTROLLER);
	fakes_written();
}

static void store(int id, int parent, uint64_t order)
{
	fakes.rows[fakes.stored++] = (struct registry_row){.data_id = (uint32_t)id,
	                                                   .id = id,
	                                                   .phase = REGISTRY_KEPT,
	                                                   .parent = parent,
	                                                   .slot = SLOT_ANY,
	                                                   .order = order,
	                                                   .service = "dict",
	                                                   .restart = "no",
	                                                   .incarnation = (uint32_t)id,
	                                                   .life = REGISTRY_LIFE_STOPPED,
	                                                   .declared = "undeclared",
	                                                   .cause = ""};
}

TestSuite(changed, .timeout = 60, .fini = fakes_tear_down);

/* 2 has come to 3 when it had 4 below it; 5 came to 2 later. */
Test(changed, children_keep_their_order_under_the_next_dtreed)
{
	static const int order[] = {1, 3, 2, 4, 5};
	struct tree_ids ids = {0};

	store(1, NODE_CONTROLLER, 1);
	store(4, 2, 2);
	store(3, NODE_CONTROLLER, 3);
	store(2, 3, 4);
	store(5, 2, 5);
	fakes_set_up();
	tree_subtree(fakes.controller->tree, NODE_CONTROLLER, &ids);
	cr_assert_eq(ids.count, ARRAY_SIZE(order));
	for (size_t i = 0; i < ids.count; i++)
		cr_assert_eq(ids.items[i], order[i], "%d", ids.items[i]);
	cr_assert_eq(fakes_node(2)->declared, NODE_UNDECLARED);
	tree_ids_free(&ids);
}

static void change_set_up_list(void)
{
	fakes_set_up_with("list", "always");
	fakes_create(NODE_CONTROLLER, 1);
	fakes_create(1, 2);
	fakes_create(2, 3);
}

TestSuite(change_list, .timeout = 60, .init = change_set_up_list, .fini = change_tear_down);

Test(change_list, moves_one_node_and_records_all_that_close_up)
{
	ask_move(1, 3);
	assert_done(CHANGE_PARENT);
	cr_assert_eq(tree_parent(fakes.controller->tree, 2), NODE_CONTROLLER);
	cr_assert_eq(tree_parent(fakes.controller->tree, 3), 2);
	cr_assert_eq(tree_parent(fakes.controller->tree, 1), 3);
	for (int id = 1; id <= 3; id++)
		cr_assert_eq(fakes_row(id)->parent, tree_parent(fakes.controller->tree, id));
	/* Its goal hangs below it, until 2, which is above that, has moved. */
	cr_assert_eq(fakes_node(1)->link.state, LINK_UP);
	cr_assert_eq(fakes_node(2)->link.state, LINK_MOVING);
	cr_assert_eq(fakes_node(2)->link.move.to, NODE_CONTROLLER);
}

Test(change_list, takes_a_creation_along_whose_place_has_changed)
{
	struct answer created = {0};
	struct answer killed = {0};
	struct session *other = session_open(fakes.controller);

	/* 4 is to join behind 3, and stands behind 2 when 3 has gone to the head. */
	controller_create(other, &(struct create_request){.id = 4, .has_parent = true, .parent = 3},
	                  fakes_answer, &created);
	fakes_written();
	ask_move(3, NODE_CONTROLLER);
	assert_done(CHANGE_PARENT);
	cr_assert_eq(tree_parent(fakes.controller->tree, 4), 2);
	ask_move(3, 4);
	fakes_written();
	cr_assert_eq(answer.calls, 0, "4 is being created");
	fakes_join(4);
	fakes_written();
	cr_assert_eq(created.outcome.error.code, ERR_NONE);
	assert_done(CHANGE_PARENT);
	controller_kill(other, 3, fakes_answer, &killed);
	fakes_turn();
	session_close(other);
	cr_assert_not_null(fakes_node(4));
	fakes_written();
}

Test(change_list, ends_a_creation_whose_link_would_be_below_a_killed_one)
{
	struct answer created = {0};
	struct answer killed = {0};
	struct session *other = session_open(fakes.controller);

	controller_create(other, &(struct create_request){.id = 4, .has_parent = true, .parent = 2},
	                  fakes_answer, &created);
	fakes_written();
	/* 1, 4, 3, 2: the link of 4 is awaited at 2. */
	ask_move(2, 3);
	assert_done(CHANGE_PARENT);
	cr_assert_eq(fakes_node(4)->link.up, fakes_node(2));
	controller_kill(fakes.session, 2, fakes_answer, &killed);
	fakes_turn();
	fakes_written();
	cr_assert_eq(created.calls, 1);
	cr_assert_eq(created.outcome.error.code, ERR_PARENT_UNAVAILABLE);
	cr_assert_null(fakes_node(2));
	cr_assert_null(fakes_node(4));
	cr_assert_not_null(fakes_node(3));
	session_close(other);
}
