/* Restart policies: which deaths are followed by a restart, after what delay, and which nodes the
 * next dtreed starts. */
#include "controller/node/restart_policy.h"

#include <criterion/criterion.h>
#include <limits.h>

#include "base/mem.h"

TestSuite(restart_policy, .timeout = 60);

Test(restart_policy, a_policy_wants_what_its_name_says)
{
	static const char *const causes[] = {"exit status 0", "exit status 1", "signal 9 (Killed)",
	                                     "unknown"};

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		cr_assert_not(restart_policy_wants(RESTART_NO, causes[i]));
		cr_assert(restart_policy_wants(RESTART_ALWAYS, causes[i]));
		cr_assert_eq(restart_policy_wants(RESTART_ON_FAILURE, causes[i]), i != 0, "%s",
		             causes[i]);
	}
}

Test(restart_policy, delays_double_up_to_the_longest)
{
	static const int64_t delays[] = {0, 100, 200, 400, 800, 1000, 1000};

	for (unsigned i = 0; i < ARRAY_SIZE(delays); i++)
		cr_assert_eq(restart_policy_delay(i + 1, 1000), delays[i], "%u", i);
	cr_assert_eq(restart_policy_delay(UINT_MAX, 86400000), 86400000);
	cr_assert_eq(restart_policy_delay(2, 30), 30);
	cr_assert_eq(restart_policy_delay(9, 0), 0);
}

Test(restart_policy, a_start_that_failed_is_never_tried_again_at_once)
{
	cr_assert_eq(restart_policy_retry_delay(1, 30000), 100);
	cr_assert_eq(restart_policy_retry_delay(2, 30000), 200);
	cr_assert_eq(restart_policy_retry_delay(100, 30000), 30000);
	for (unsigned failures = 1; failures < 5; failures++)
		cr_assert_eq(restart_policy_retry_delay(failures, 0), RESTART_DELAY_MS);
}

/* A row as it may stand in the registry, and what the next start makes of it. */
struct at_start {
	enum registry_life life;
	pid_t pid;
	const char *cause;
	unsigned deaths;
	enum restart_policy policy;
	enum registry_life then;
};

static const struct at_start starts[] = {
    /* A node that did not die by its own fault is started, whatever its policy and its process. */
    {REGISTRY_LIFE_RUNS, 77, "", 0, RESTART_NO, REGISTRY_LIFE_RUNS},
    {REGISTRY_LIFE_RUNS, 0, "signal 9 (Killed)", 0, RESTART_NO, REGISTRY_LIFE_RUNS},
    {REGISTRY_LIFE_RUNS, 0, "exit status 0", 9, RESTART_ON_FAILURE, REGISTRY_LIFE_RUNS},
    /* A node that is recorded as dead stays dead. */
    {REGISTRY_LIFE_DEAD, 0, "signal 9 (Killed)", 0, RESTART_ALWAYS, REGISTRY_LIFE_DEAD},
    {REGISTRY_LIFE_GIVEN_UP, 0, "signal 9 (Killed)", 0, RESTART_ALWAYS, REGISTRY_LIFE_GIVEN_UP},
    {REGISTRY_LIFE_STOPPED, 77, "", 0, RESTART_ALWAYS, REGISTRY_LIFE_STOPPED},
    /* Version 0.1.0 recorded that a process is gone as soon as it had seen it. */
    {REGISTRY_LIFE_UNKNOWN, 77, "", 9, RESTART_NO, REGISTRY_LIFE_RUNS},
    {REGISTRY_LIFE_UNKNOWN, 0, "signal 9 (Killed)", 1, RESTART_NO, REGISTRY_LIFE_DEAD},
    {REGISTRY_LIFE_UNKNOWN, 0, "exit status 0", 1, RESTART_ON_FAILURE, REGISTRY_LIFE_DEAD},
    {REGISTRY_LIFE_UNKNOWN, 0, "exit status 1", 5, RESTART_ON_FAILURE, REGISTRY_LIFE_RUNS},
    {REGISTRY_LIFE_UNKNOWN, 0, "exit status 1", 6, RESTART_ON_FAILURE, REGISTRY_LIFE_GIVEN_UP},
};

Test(restart_policy, the_next_start_goes_by_the_record)
{
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		const struct at_start *s = &starts[i];
		const struct registry_row row = {
		    .life = s->life, .pid = s->pid, .cause = s->cause, .deaths = s->deaths};
		cr_assert_eq(restart_policy_at_start(&row, s->policy, 5), s->then, "row %zu", i);
	}
}
