/* The table of restart policies. */
#include "controller/policy.h"

#include <string.h>

#include "base/choice.h"
#include "base/mem.h"

static const char *const names[] = {
    [RESTART_NO] = "no",
    [RESTART_ON_FAILURE] = "on-failure",
    [RESTART_ALWAYS] = "always",
};

int policy_parse(const char *name, enum restart_policy *policy, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0) {
			*policy = (enum restart_policy)i;
			return 0;
		}
	return choice_refuse("restart policy", name, policy_name_at, err);
}

const char *policy_name_at(size_t i)
{
	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

const char *policy_name(enum restart_policy policy)
{
	return names[policy];
}
