/* Whether declared services can work here: is there what they name, for whom they name? Nothing is
 * changed. */
#ifndef DAEMON_JUDGE_SERVICES_H
#define DAEMON_JUDGE_SERVICES_H

#include "daemon/confinement.h"
#include "daemon/declare.h"
#include "daemon/mistakes.h"

/* Each mistake begins with where the key was set. */
void judge_services(const struct declarations *d, const struct confinement *c,
                    struct mistakes *found);
/* The same at a start, to the log: what a service lacks its own nodes will say, and no others are
 * kept from it. */
void judge_services_warn(const struct declarations *d);

#endif
