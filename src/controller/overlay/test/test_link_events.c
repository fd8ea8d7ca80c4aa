/* Each state of a link and each event: what follows. The table is frozen here. */
#include "controller/overlay/link_events.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "base/mem.h"
#include "controller/overlay/test/overlay_fixture.h"

TestSuite(link_events, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

/* Node 2 below 1. Node 3 is another one, to which it moves where it does. */
#define NODE   2
#define PARENT 1
#define OTHER  3

static struct node *parent(void)
{
	return fixture_find(PARENT);
}

static struct node *other(void)
{
	return fixture_find(OTHER);
}

/* Brings node 2 into that state. */
static struct node *in_state(enum link_state state)
{
	struct node *n;

	fixture_add(PARENT, NODE_CONTROLLER);
	fixture_add(OTHER, PARENT);
	if (state == LINK_JOINING)
		return fixture_launch(NODE, PARENT);
	if (state == LINK_UNADOPTED)
		return fixture_inherit(NODE, PARENT);
	n = fixture_add(NODE, PARENT);
	switch (state) {
	case LINK_NONE:
		fixture_kill(n);
		break;
	case LINK_MOVING:
		fixture_place(NODE, OTHER);
		rehome_node(&world, n);
		break;
	case LINK_ORPHANED:
		orphan_recall(&world, n, "a test");
		break;
	case LINK_SILENT:
		world.overlay->handlers->silent(&world, n, FIXTURE_PATIENCE_MS);
		break;
	case LINK_UP:
	case LINK_JOINING:
	case LINK_UNADOPTED:
	case LINK_STATES:
		break;
	}
	return n;
}

/* The parent that has it tells of the link that it has, in each state but UNADOPTED the first. */
static void heard(struct node *n)
{
	fixture_report(parent(), n, 1, REPORT_HERE);
}

static void heard_of_an_older_link(struct node *n)
{
	fixture_report(parent(), n, 0, REPORT_HERE);
}

/* Its first parent answered it too late: it came again. */
static void heard_of_a_newer_link(struct node *n)
{
	fixture_report(parent(), n, 5, REPORT_HERE);
}

static void heard_elsewhere(struct node *n)
{
	fixture_report(other(), n, 5, REPORT_HERE);
}

/* The link to where it was ordered, where it was. */
static void heard_at_its_goal(struct node *n)
{
	fixture_report(other(), n, 2, REPORT_HERE);
}

static void silent(struct node *n)
{
	fixture_report(parent(), n, 1, REPORT_SILENT);
}

static void silent_on_an_older_link(struct node *n)
{
	fixture_report(parent(), n, 0, REPORT_SILENT);
}

static void silent_at_its_goal(struct node *n)
{
	fixture_report(other(), n, 2, REPORT_SILENT);
}

static void left(struct node *n)
{
	fixture_report(parent(), n, 1, REPORT_LEFT);
}

static void parent_lost(struct node *n)
{
	(void)n;
	orphan_parent_lost(&world, parent());
}

/* It came to the controller by itself. */
static void came(struct node *n)
{
	if (node_has_joined(n))
		orphan_returned(&world, n, 5);
}

static void time_passed(struct node *n)
{
	(void)n;
	fixture_pass(FIXTURE_PATIENCE_MS + 1);
}

static void process_ended(struct node *n)
{
	if (n->worker.process)
		fixture_kill(n);
}

/* The parent told of all its children, and not of this one. */
static void not_named(struct node *n)
{
	(void)n;
	parent()->link.report.version = 0;
	fixture_report_all(parent(), NULL, 0, 0);
}

#define N LINK_NONE
#define J LINK_JOINING
#define U LINK_UP
#define M LINK_MOVING
#define O LINK_ORPHANED
#define S LINK_SILENT
#define A LINK_UNADOPTED

/* One whose link is UP again elsewhere than it belongs is told at once to move.
 * In the order of the enum: none, joining, up, moving, orphaned, silent, unadopted. */
static const struct {
	const char *name;
	void (*happen)(struct node *n);
	enum link_state next[LINK_STATES];
} rows[] = {
    {"heard", heard, {N, U, U, M, O, S, U}},
    {"heard of an older link", heard_of_an_older_link, {N, J, U, M, O, S, A}},
    {"heard of a newer link", heard_of_a_newer_link, {N, U, U, M, O, S, U}},
    {"heard elsewhere", heard_elsewhere, {N, J, O, M, O, S, M}},
    {"heard at its goal", heard_at_its_goal, {N, J, O, M, O, S, M}},
    {"silent", silent, {N, J, S, S, O, S, A}},
    {"silent on an older link", silent_on_an_older_link, {N, J, U, M, O, S, A}},
    {"silent at its goal", silent_at_its_goal, {N, J, U, S, O, S, A}},
    {"left", left, {N, J, U, M, O, S, A}},
    {"parent lost", parent_lost, {N, J, O, O, O, S, O}},
    {"came", came, {N, J, M, M, M, M, M}},
    {"time passed", time_passed, {N, J, U, M, S, S, S}},
    {"process ended", process_ended, {N, N, N, N, N, N, N}},
    {"not named", not_named, {N, J, O, O, O, S, O}},
};

Test(link_events, each_state_and_each_event)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (enum link_state state = 0; state < LINK_STATES; state++) {
			struct node *n = in_state(state);

			cr_assert_eq(n->link.state, state);
			rows[i].happen(n);
			cr_assert_eq(n->link.state, rows[i].next[state], "%s, %s: %s",
			             link_state_name(state), rows[i].name,
			             link_state_name(n->link.state));
			fixture_end();
			fixture_begin();
		}
}

/* What the parent is told to do with the link that it told of. */
static bool is_to_forget(const struct node *n, uint64_t generation)
{
	const struct word *seen = fixture_last_sent(MSG_SEEN, PARENT);
	struct report_entry entry;

	if (seen->m.payload_size == 0)
		return false;
	cr_assert_eq(seen->m.payload_size, REPORT_ENTRY);
	entry = report_read(seen->payload, 0);
	return entry.id == n->id && entry.generation == generation;
}

Test(link_events, a_word_of_an_older_link_is_to_be_forgotten)
{
	struct node *n = in_state(LINK_UP);

	heard_of_a_newer_link(n);
	cr_assert_eq(n->link.generation, 5);
	cr_assert_not(is_to_forget(n, 5));
	for (enum report_state state = 0; state < REPORT_STATES; state++) {
		fixture_report(parent(), n, 1, state);
		cr_assert(is_to_forget(n, 1), "%d", state);
		cr_assert_eq(n->link.state, LINK_UP);
		cr_assert_eq(n->link.generation, 5);
	}
}

Test(link_events, a_word_of_a_former_life_is_to_be_forgotten)
{
	struct node *n = in_state(LINK_UP);

	n->incarnation++;
	fixture_report(parent(),
	               &(struct node){.id = NODE, .incarnation = FIXTURE_INCARNATION(NODE)}, 1,
	               REPORT_SILENT);
	cr_assert(is_to_forget(n, 1));
	cr_assert_eq(n->link.state, LINK_UP);
}

Test(link_events, an_orphan_is_not_brought_back_by_words_of_others)
{
	struct node *n = in_state(LINK_ORPHANED);

	heard_of_a_newer_link(n);
	cr_assert(is_to_forget(n, 5));
	cr_assert_eq(n->link.state, LINK_ORPHANED);
}

Test(link_events, a_child_that_the_silence_of_one_link_is_told_of_comes_again)
{
	struct node *n = in_state(LINK_UP);

	silent(n);
	cr_assert(is_to_forget(n, 1));
	cr_assert_eq(fixture_count(WORD_SILENT, NODE), 1);
	cr_assert_eq(fixture_last(WORD_SIGNAL, NODE)->signal, SIGUSR1);
}

Test(link_events, one_that_joins_may_try_again_with_a_newer_link)
{
	struct node *n = in_state(LINK_JOINING);

	cr_assert(link_events_expected(n, PARENT, 1));
	cr_assert(link_events_expected(n, PARENT, 2));
	cr_assert_not(link_events_expected(n, OTHER, 1));
	cr_assert_not(link_events_expected(n, NODE_CONTROLLER, 1));
	heard_of_a_newer_link(n);
	cr_assert_eq(fixture_count(WORD_JOINED, NODE), 1);
	cr_assert_eq(n->link.generation, 5);
}

Test(link_events, one_that_fell_silent_while_it_joined_is_lost_once_it_has)
{
	struct node *n = in_state(LINK_JOINING);

	silent(n);
	cr_assert(n->link.hushed);
	cr_assert_eq(fixture_count(WORD_SILENT, NODE), 0);
	/* Its life begins all the same: its row was written. */
	node_set_life(n, LIFE_COMMITTING, "a test");
	node_set_life(n, LIFE_RUNNING, "a test");
	n->restart.joined = 1;
	overlay_joined(&world, n);
	fixture_turn();
	cr_assert_eq(fixture_count(WORD_SILENT, NODE), 1);
	cr_assert_eq(n->link.state, LINK_SILENT);
}

Test(link_events, one_that_was_silent_and_joins_by_a_newer_link_is_not)
{
	struct node *n = in_state(LINK_JOINING);

	silent(n);
	heard_of_a_newer_link(n);
	fixture_turn();
	cr_assert_eq(n->link.state, LINK_UP);
}

Test(link_events, a_surprise_while_it_moves_is_left_to_the_move)
{
	struct node *n = in_state(LINK_MOVING);

	heard_elsewhere(n);
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(fixture_count(WORD_SIGNAL, NODE), 0);
}

Test(link_events, an_arrival_that_nobody_ordered_calls_it_to_the_controller)
{
	struct node *n = in_state(LINK_UP);

	link_events_arrived(&world, n, 1);
	cr_assert_eq(n->link.state, LINK_UP);
	link_events_arrived(&world, n, 0);
	cr_assert_eq(n->link.state, LINK_UP);
	link_events_arrived(&world, n, 9);
	cr_assert_eq(n->link.state, LINK_ORPHANED);
}

Test(link_events, an_arrival_by_the_ordered_link_is_its_hello)
{
	struct node *n = in_state(LINK_MOVING);

	link_events_arrived(&world, n, 2);
	cr_assert(n->link.move.linked);
	cr_assert_eq(fixture_sent(MSG_LEAVE, NODE), 1);
}

Test(link_events, a_report_that_is_older_than_what_is_known_changes_nothing)
{
	struct node *n = in_state(LINK_UP);
	struct buffer bytes = {0};
	struct message m = {.type = MSG_REPORT, .report.controller_epoch = 3, .flags = FLAG_LAST};

	report_write(&(struct report_entry){.id = NODE,
	                                    .incarnation = FIXTURE_INCARNATION(NODE),
	                                    .generation = 1,
	                                    .state = REPORT_SILENT},
	             &bytes);
	m.payload = buffer_bytes(&bytes);
	m.payload_size = buffer_size(&bytes);
	parent()->link.report.version = 8;
	m.report.since = 6;
	m.report.version = 7;
	report_take(&world, parent(), &m);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(fixture_last_sent(MSG_SEEN, PARENT)->m.seen.version, 8);
	/* One that builds on what is not known is asked for again. */
	m.report.since = 9;
	m.report.version = 10;
	report_take(&world, parent(), &m);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert(fixture_last_sent(MSG_SEEN, PARENT)->m.flags & FLAG_AGAIN);
	/* One for a former dtreed is not answered. */
	fixture_clear();
	m.report.since = 8;
	m.report.version = 9;
	m.report.controller_epoch = 2;
	report_take(&world, parent(), &m);
	cr_assert_null(fixture_message(0));
	/* And this is the next one. */
	m.report.controller_epoch = 3;
	report_take(&world, parent(), &m);
	cr_assert_eq(n->link.state, LINK_SILENT);
	buffer_free(&bytes);
}
