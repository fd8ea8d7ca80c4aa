/* Tables of names. */
#include "controller/node/settings.h"

#include <string.h>

#include "base/choice.h"
#include "base/mem.h"

static const char *const declared_names[] = {
    [NODE_BY_HAND] = "no",
    [NODE_DECLARED] = "yes",
    [NODE_UNDECLARED] = "undeclared",
};

/* By their bits. */
static const char *const change_names[] = {
    "parent", "restart", "name", "group", "declared", "on_hang", "hang_timeout_ms", "after"};

_Static_assert(1 << (ARRAY_SIZE(change_names) - 1) == CHANGE_AFTER, "a name for each bit");

static const char *declared_name_at(size_t i)
{
	return i < ARRAY_SIZE(declared_names) ? declared_names[i] : NULL;
}

const char *node_declared_name(enum node_declared declared)
{
	return declared_names[declared];
}

int node_declared_parse(const char *name, enum node_declared *declared, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(declared_names); i++) {
		if (strcmp(name, declared_names[i]) == 0) {
			*declared = (enum node_declared)i;
			return 0;
		}
	}
	return choice_refuse("declared", name, declared_name_at, err);
}

const char *node_change_name_at(size_t i)
{
	return i < ARRAY_SIZE(change_names) ? change_names[i] : NULL;
}
