/* What --check-config looks at beyond the words: is there what the settings name, and would the
 * tree that was saved be taken? Nothing is changed. */
#ifndef DAEMON_JUDGE_H
#define DAEMON_JUDGE_H

#include "base/error.h"
#include "daemon/mistakes.h"
#include "daemon/setting.h"

/* path may be NULL: none was found. */
int judge_worker(const char *path, struct error *err);

/* Each mistake begins with where the setting came from. */
void judge_config(const struct config *config, struct mistakes *found);

#endif
