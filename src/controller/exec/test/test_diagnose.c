/* diagnose: what it looks at in a turn of the loop. */
#include "controller/exec/diagnose.h"

#include <criterion/criterion.h>

#include "base/mem.h"
#include "controller/exec/test/exec_fixture.h"

TestSuite(diagnose, .timeout = 60, .init = exec_set_up, .fini = exec_tear_down);

/* So many take some ten milliseconds. */
#define MANY     8000
#define FIRST_ID 100

static struct node chain[MANY];
static size_t looked_at;

static void note(void *arg, const struct outcome *outcome)
{
	exec_note(arg, outcome);
	looked_at = outcome->diagnosis->count;
	for (size_t i = 0; i < looked_at; i++)
		cr_assert_eq(outcome->diagnosis->links[i].id, FIRST_ID + (int)i);
}

/* None of them is there, so that nothing is sent. */
static void chain_up(void)
{
	world.config.link = "ipc";
	for (int i = 0; i < MANY; i++) {
		chain[i] = (struct node){.id = FIRST_ID + i,
		                         .service = "sum",
		                         .life = LIFE_DEAD,
		                         .link.up = i ? &chain[i - 1] : NULL};
		HASH_ADD_INT(world.nodes, id, (&chain[i]));
	}
}

Test(diagnose, of_many_links_some_are_looked_at_in_a_turn)
{
	int turns = 0;

	chain_up();
	diagnose_ask(session, FIRST_ID + MANY - 1, note, (void *)1);
	for (; told_count == 0; turns++)
		exec_turn();
	cr_assert_eq(looked_at, MANY);
	cr_assert_eq(posted_count, 0);
	cr_assert_gt(turns, 3);
}

Test(diagnose, one_that_is_given_up_while_it_looks_is_forgotten)
{
	chain_up();
	diagnose_ask(other, FIRST_ID + MANY - 1, note, (void *)1);
	exec_turn();
	cr_assert_eq(told_count, 0);
	requests_session_close(world.requests, other);
	exec_turn();
	other = requests_session(world.requests, &world);
	diagnose_ask(session, FIRST_ID, note, (void *)2);
	while (told_count == 0)
		exec_turn();
	cr_assert_eq(told[0].who, 2);
	cr_assert_eq(looked_at, 1);
}
