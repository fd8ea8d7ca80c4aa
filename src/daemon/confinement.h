/*
 * What a service manager forbids dtreed and the programs that it starts, as far as it can be known
 * before: from what this process may do, or from a unit. Whether a program needs the network, or
 * makes code at run time, cannot be known.
 */
#ifndef DAEMON_CONFINEMENT_H
#define DAEMON_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/mistakes.h"
#include "daemon/setting.h"
#include "daemon/unit.h"

struct confinement {
	char *unit;    /* that says it; owned. NULL: this process may that */
	bool users;    /* start programs as others */
	bool network;  /* make Internet sockets */
	bool groups;   /* divide a control group; of a process delegation.h says it */
	bool homes;    /* look into home directories; of a process each path says it */
	int64_t nice;  /* the least that it may set */
	int64_t files; /* the most descriptors */
};

void confinement_of_process(struct confinement *c);
void confinement_of_unit(struct confinement *c, const char *name, const struct unit *unit);
/* Of a process there is nothing to free. */
void confinement_free(struct confinement *c);

/* What a service asks for and may not have. Each mistake begins with where the key was set. */
void confinement_judge_service(const struct confinement *c, const struct declaration *service,
                               struct mistakes *found);
/* The same of the settings. */
void confinement_judge(const struct confinement *c, const struct config *config,
                       struct mistakes *found);

#endif
