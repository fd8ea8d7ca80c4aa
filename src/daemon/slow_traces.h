/* The directory of the setting slow-traces. */
#ifndef DAEMON_SLOW_TRACES_H
#define DAEMON_SLOW_TRACES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/spool.h"
#include "daemon/setting.h"

/* What it is called in errors. */
#define SLOW_TRACES "directory of slow traces"

bool slow_traces_wanted(const struct config *config);
/* Is there anything to write there, if it is wanted? */
int slow_traces_check(const struct config *config, struct error *err);
/* *traces: for slow_traces_close(); NULL: there is no such directory. */
int slow_traces_open(const struct config *config, struct spool **traces, struct error *err);
void slow_traces_close(struct spool *traces);

#endif
