/* Children that a thread waits for by itself. */
#include "base/child_wait.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/thread.h"

TestSuite(child_wait, .timeout = 60);

Test(child_wait, a_child_is_known_until_it_was_waited_for)
{
	for (pid_t pid = 5; pid < 8; pid++) {
		child_wait_begin();
		child_wait_made(pid);
	}
	child_wait_begin();
	child_wait_made(-1);
	cr_expect(child_wait_has(5) && child_wait_has(6) && child_wait_has(7));
	cr_expect_not(child_wait_has(-1));
	child_wait_over(5);
	child_wait_over(5);
	cr_expect(!child_wait_has(5) && child_wait_has(6) && child_wait_has(7));
	child_wait_over(7);
	child_wait_over(6);
	cr_expect(!child_wait_has(6) && !child_wait_has(7));
}

static atomic_bool asks;

static void *ask(void *has)
{
	atomic_store(&asks, true);
	*(bool *)has = child_wait_has(9);
	return NULL;
}

Test(child_wait, who_asks_between_the_begin_and_the_id_waits_for_it)
{
	bool has = false;
	pthread_t thread;

	child_wait_begin();
	cr_assert_eq(thread_start(&thread, ask, &has), 0);
	while (!atomic_load(&asks))
		;
	child_wait_made(9);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_expect(has);
	child_wait_over(9);
}
