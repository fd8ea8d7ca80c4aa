/* The table of restart policies. */
#include "controller/policy.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

static const char *const names[] = {
    [RESTART_NO] = "no",
    [RESTART_ON_FAILURE] = "on-failure",
    [RESTART_ALWAYS] = "always",
};

int policy_parse(const char *name, enum restart_policy *policy, struct error *err)
{
	cleanup_free char *shown = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0) {
			*policy = (enum restart_policy)i;
			return 0;
		}
	shown = parse_printable(name, strlen(name), 48);
	return error_set(err, ERR_PARAMS,
	                 "no restart policy '%s': it is \"no\", \"on-failure\" or \"always\"",
	                 shown);
}

const char *policy_name(enum restart_policy policy)
{
	return names[policy];
}
