/* Changes of a node that is there: what is done at once, when that is answered, what is refused. */
#include "controller/lifecycle/change.h"

#include <criterion/criterion.h>
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
