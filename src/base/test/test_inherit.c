/* What a process keeps of its starter's dispositions, and what of its own another gets. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>

#include "base/inherit.h"

TestSuite(inherit, .timeout = 60);

static uint64_t bit(int number)
{
	return UINT64_C(1) << (number - 1);
}

static void on_nothing(int number)
{
	(void)number;
}

static void worker_signals(void)
{
	const struct sigaction own = {.sa_handler = on_nothing, .sa_flags = SA_RESTART};

	sigaction(SIGUSR1, &own, NULL);
	signal(SIGTTIN, SIG_IGN);
	inherit_reset(INHERIT_WORKER);
}

Test(inherit, only_signals_without_their_default_are_to_be_reset_in_a_child)
{
	worker_signals();
	cr_assert_eq(inherit_other_signals(),
	             bit(SIGHUP) | bit(SIGINT) | bit(SIGTERM) | bit(SIGPIPE) | bit(SIGXFSZ));
	signal(SIGUSR2, on_nothing);
	cr_assert(inherit_other_signals() & bit(SIGUSR2));
}

Test(inherit, what_is_reset_is_no_longer_among_them)
{
	worker_signals();
	inherit_default_some(inherit_other_signals());
	cr_assert_eq(inherit_other_signals(), 0);
}
