/* The table of restart policies, and the rules around them. */
#include "controller/node/restart_policy.h"

#include <string.h>

#include "base/choice.h"
#include "base/mem.h"

static const char *const names[] = {
    [RESTART_NO] = "no",
    [RESTART_ON_FAILURE] = "on-failure",
    [RESTART_ALWAYS] = "always",
};

int restart_policy_parse(const char *name, enum restart_policy *policy, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0) {
			*policy = (enum restart_policy)i;
			return 0;
		}
	return choice_refuse("restart policy", name, restart_policy_name_at, err);
}

const char *restart_policy_name_at(size_t i)
{
	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

const char *restart_policy_name(enum restart_policy policy)
{
	return names[policy];
}

bool restart_policy_wants(enum restart_policy policy, const char *cause)
{
	switch (policy) {
	case RESTART_NO:
		return false;
	case RESTART_ON_FAILURE:
		return strcmp(cause, "exit status 0") != 0;
	case RESTART_ALWAYS:
		return true;
	}
	return false;
}

int64_t restart_policy_delay(unsigned attempt, int64_t most)
{
	int64_t delay = attempt > 1 ? RESTART_DELAY_MS : 0;

	for (unsigned i = 2; i < attempt && delay < most; i++)
		delay *= 2;
	return delay < most ? delay : most;
}

int64_t restart_policy_retry_delay(unsigned failures, int64_t most)
{
	return restart_policy_delay(failures + 1,
	                            most > RESTART_DELAY_MS ? most : RESTART_DELAY_MS);
}

enum registry_life restart_policy_at_start(const struct registry_row *row,
                                           enum restart_policy policy, unsigned limit)
{
	switch (row->life) {
	case REGISTRY_LIFE_RUNS:
	case REGISTRY_LIFE_DEAD:
	case REGISTRY_LIFE_STOPPED:
	case REGISTRY_LIFE_GIVEN_UP:
		return row->life;
	case REGISTRY_LIFE_UNKNOWN:
		break;
	}
	if (row->pid)
		return REGISTRY_LIFE_RUNS;
	if (!restart_policy_wants(policy, row->cause))
		return REGISTRY_LIFE_DEAD;
	return row->deaths > limit ? REGISTRY_LIFE_GIVEN_UP : REGISTRY_LIFE_RUNS;
}
