/* Owns the tree and the kids of the controller. */
#include "controller/exec/test/sweep_fixture.h"

#include <criterion/criterion.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/sweep.h"
#include "loop/timer.h"

static struct node *top;

void sweep_set_up(void)
{
	struct error err;

	exec_set_up();
	world.tree = tree_new();
	top = NULL;
	for (int id = 5; id <= 7; id++) {
		const struct tree_edit edit = {
		    .kind = EDIT_ADD, .child = id, .to = NODE_CONTROLLER};
		struct node *n = node_find(world.nodes, id);

		cr_assert_eq(tree_apply(world.tree, &edit, &err), 0);
		n->incarnation = INCARNATION(id);
		node_join(n, NULL, &top);
	}
}

void sweep_tear_down(void)
{
	struct tree *tree = world.tree;

	exec_tear_down();
	tree_free(tree);
}

void sweep_link_below(void)
{
	node_part(&fellows[0], &top);
	node_join(&fellows[0], &node, &top);
}

void sweep_die(struct node *n)
{
	node_set_life(n, LIFE_DEAD, "a test");
	n->restart.joined = 0;
}

void sweep_live_again(struct node *n)
{
	node_set_life(n, LIFE_RUNNING, "a test");
	n->restart.joined = 1;
	n->incarnation += 10;
}

size_t sweep_sent_count(int id)
{
	size_t count = 0;

	for (size_t i = 0; i < posted_count; i++)
		count += posted[i].node == id && posted[i].type == MSG_SWEEP;
	return count;
}

const struct posted *sweep_sent(int id, size_t nth)
{
	for (size_t i = 0; i < posted_count; i++)
		if (posted[i].node == id && posted[i].type == MSG_SWEEP && nth-- == 0)
			return &posted[i];
	cr_assert_fail("node %d was not sent it", id);
	return NULL;
}

void sweep_say(int id, const struct posted *to, struct tally *t, unsigned flags)
{
	struct buffer bytes = {0};

	tally_write(t, &bytes);
	tally_clear(t);
	sweep_swept(&world, node_find(world.nodes, id),
	            &(struct message){.type = MSG_SWEPT,
	                              .flags = flags,
	                              .request = to->request,
	                              .payload = buffer_bytes(&bytes),
	                              .payload_size = buffer_size(&bytes)});
	buffer_free(&bytes);
}

static void look_again(void *arg)
{
	(void)arg;
}

/* The loop tells before it waits, so something has to wake it. */
void sweep_await_told(size_t count)
{
	struct timer look;

	timer_init(&look, world.loop, look_again, NULL);
	timer_repeat(&look, 5);
	while (told_count < count)
		ev_run(world.loop, EVRUN_ONCE);
	timer_stop(&look);
}
