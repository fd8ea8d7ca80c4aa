/* Threads beside the loop's. */
#include "base/thread.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>

#include "base/clock.h"

TestSuite(thread, .timeout = 60);

static void *tell_mask(void *mask)
{
	pthread_sigmask(SIG_SETMASK, NULL, mask);
	return mask;
}

Test(thread, a_thread_blocks_signals_and_who_starts_it_does_not)
{
	sigset_t mask;
	pthread_t thread;
	void *got;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	cr_assert_eq(thread_start(&thread, tell_mask, &mask), 0);
	cr_assert_eq(pthread_join(thread, &got), 0);
	cr_assert_eq(got, &mask);
	for (int signal = 1; signal < 32; signal++)
		cr_assert(signal == SIGKILL || signal == SIGSTOP || sigismember(&mask, signal) == 1,
		          "signal %d", signal);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	cr_assert_eq(sigismember(&mask, SIGUSR1), 1);
	cr_assert_eq(sigismember(&mask, SIGTERM), 0);
}

Test(thread, a_condition_waits_until_the_time_of_clock_after)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition;
	struct timespec then;
	int64_t begin = clock_ms();

	thread_condition(&condition);
	clock_after(20, &then);
	pthread_mutex_lock(&lock);
	while (pthread_cond_timedwait(&condition, &lock, &then) != ETIMEDOUT)
		continue;
	pthread_mutex_unlock(&lock);
	cr_assert_geq(clock_ms() - begin, 19);
	pthread_cond_destroy(&condition);
}
