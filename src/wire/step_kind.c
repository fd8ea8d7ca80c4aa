/* The table of kinds. Stateless. */
#include "wire/step_kind.h"

#include <stddef.h>
#include <string.h>

static const char *const kinds[STEP_KINDS] = {
    [SPENT_CONTROL] = "control", [SPENT_QUEUE] = "queue",       [SPENT_LINK] = "link",
    [SPENT_SERVICE] = "service", [SPENT_PROGRAM] = "program",   [SPENT_DISK] = "disk",
    [SPENT_RUNNING] = "running", [SPENT_CPU_WAIT] = "cpu wait", [SPENT_WAKE_UP] = "wake-up",
    [SPENT_PROCESS] = "process",
};

const char *step_kind_name(enum step_kind kind)
{
	return kinds[kind];
}

int step_kind_read(const char *name, enum step_kind *kind)
{
	for (size_t i = 0; i < STEP_KINDS; i++) {
		if (strcmp(name, kinds[i]) == 0) {
			*kind = (enum step_kind)i;
			return 0;
		}
	}
	return -1;
}
