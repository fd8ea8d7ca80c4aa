/*
 * --check-config: what a start would say of the settings. Root's `dtreed --check-config`, alone, is
 * about the service, where systemd knows its unit: the settings are read and judged as the unit's
 * user, with the directories that it names and with what it allows.
 */
#ifndef DAEMON_CHECK_CONFIG_H
#define DAEMON_CHECK_CONFIG_H

#include "daemon/mistakes.h"
#include "daemon/reload.h"
#include "daemon/setting.h"

/* Before anything is read. This process may be another user's afterwards. *confinement is borrowed
 * by the source, if the unit is asked. -1: what is wrong is in *found. */
int check_config_assume(struct reload_source *source, struct confinement *confinement,
                        struct mistakes *found);
/* Prints settings that are right; what programs would run without is logged. */
void check_config_print(const struct reload_source *source, const struct config *config);

#endif
