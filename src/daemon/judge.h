/* The checks of --check-config beyond the values: do the files exist that the settings name, and
 * could the saved tree be loaded? Nothing is changed. */
#ifndef DAEMON_JUDGE_H
#define DAEMON_JUDGE_H

#include "base/error.h"
#include "daemon/confinement.h"
#include "daemon/mistakes.h"
#include "daemon/setting.h"

/* path: NULL if none was found. */
int judge_worker(const char *path, struct error *err);

/* Each mistake begins with the origin of the setting. c: what dtreed may there. */
void judge_config(const struct config *config, const struct confinement *c, struct mistakes *found);

#endif
