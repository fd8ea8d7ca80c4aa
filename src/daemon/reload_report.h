/* What came of a reload: for its clients, and for the log. */
#ifndef DAEMON_RELOAD_REPORT_H
#define DAEMON_RELOAD_REPORT_H

#include "control/reload.h"
#include "daemon/mistakes.h"
#include "daemon/plan.h"
#include "daemon/plan_run.h"
#include "daemon/reconfigure.h"

/* Zero-initialise it; reload_report_free() ends it. */
struct reload_report_parts {
	struct reload_report report;
	char *refused;
	struct reload_change *settings;
	struct reload_service *services;
	struct reload_step *steps;
	struct reload_change *changes; /* of all steps */
	const char **left;
};

/* The configuration has mistakes. */
void reload_report_refuse(struct reload_report_parts *r, const struct mistakes *found);
/* It was done, or with run NULL it would be. All is borrowed. */
void reload_report_fill(struct reload_report_parts *r, const struct reconfiguration *changes,
                        const struct plan *plan, const struct plan_run *run);
void reload_report_free(struct reload_report_parts *r);

/* What became of nodes, to the log; what failed, and what stays as it is, as errors, so many of
 * them at the most as of mistakes. */
void reload_report_log(const struct plan *plan, const struct plan_run *run);

#endif
