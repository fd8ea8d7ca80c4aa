/* What systemd says of a unit, as `systemctl show` prints it. */
#ifndef DAEMON_UNIT_H
#define DAEMON_UNIT_H

#include <stdbool.h>

#include "base/error.h"

enum unit_key {
	UNIT_LOAD_STATE,
	UNIT_USER,
	UNIT_GROUP,
	UNIT_RUNTIME_DIRECTORY,
	UNIT_STATE_DIRECTORY,
	UNIT_CONFIGURATION_DIRECTORY,
	UNIT_BOUNDING,
	UNIT_AMBIENT,
	UNIT_CALLS,
	UNIT_FAMILIES,
	UNIT_DELEGATE,
	UNIT_HOMES,
	UNIT_FILES,
	UNIT_NICE,
	UNIT_KEYS,
};

/* Zero-initialise it. */
struct unit {
	char *values[UNIT_KEYS]; /* owned; NULL: not said */
};

/* false: there is no such unit, or nobody who could say. Waits some seconds at the most. */
bool unit_ask(const char *name, struct unit *unit);
/* "" for what was not said. Borrowed. */
const char *unit_value(const struct unit *unit, enum unit_key key);
/* Is it one of the words, which blanks separate? In a list that begins with '~': is it none? */
bool unit_allows(const struct unit *unit, enum unit_key key, const char *word);
/*
 * From here on this process, which is root's, is as the unit's would be: its user, and the
 * directories that systemd names to it. For a check that ends the process.
 */
int unit_assume(const struct unit *unit, const char *system_config, struct error *err);
void unit_free(struct unit *unit);

#endif
