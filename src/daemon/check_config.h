/*
 * --check-config: what a start would say of the settings. Root's is about a service, where systemd
 * knows its unit: the settings are read and judged as the unit's user, with the directories that it
 * names and with what it allows. Which unit that is, its file of settings says.
 */
#ifndef DAEMON_CHECK_CONFIG_H
#define DAEMON_CHECK_CONFIG_H

#include "daemon/mistakes.h"
#include "daemon/reload.h"
#include "daemon/setting.h"

/* The unit whose settings these options are about: dtreed.service, or an instance. In new memory;
 * NULL: none, as there are other options, or another file. */
char *check_config_unit(const struct reload_source *source);
/* Before anything is read. This process may be another user's afterwards. *confinement, zeroed at
 * first, is borrowed by the source, if a unit is asked. -1: what is wrong is in *found. */
int check_config_assume(struct reload_source *source, struct confinement *confinement,
                        struct mistakes *found);
/* Prints settings that are right; what programs would run without is logged. */
void check_config_print(const struct reload_source *source, const struct config *config);

#endif
