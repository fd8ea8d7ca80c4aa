/*
 * Restart policies: after which deaths a node is started again, when, and which nodes the next
 * dtreed starts. Pure.
 *
 * A death counts as a node's own once dtreed has outlived it by POLICY_OWN_MS. What ended together
 * with dtreed, or while there was none, did not end by its own fault: everything was killed at
 * once, the power was lost, the orphan timeout was over. Such a node comes back at the next start,
 * whatever its policy. Therefore a death is recorded only then.
 */
#ifndef CONTROLLER_NODE_RESTART_POLICY_H
#define CONTROLLER_NODE_RESTART_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "controller/registry/registry.h"

#define POLICY_OWN_MS 1000

/* Delays double from this, in ms; the first restart has none. */
#define RESTART_DELAY_MS 100

enum restart_policy { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS };

/* The policy of that name: 0, or -1 with ERR_PARAMS that names it. */
int restart_policy_parse(const char *name, enum restart_policy *policy, struct error *err);
/* By number; NULL past the last: a choice_fn. */
const char *restart_policy_name_at(size_t i);
/* Static storage. */
const char *restart_policy_name(enum restart_policy policy);

/* Is a node started again after a death of that cause? */
bool restart_policy_wants(enum restart_policy policy, const char *cause);
/* How long to wait before attempt number `attempt` in a row: 0 ms for the first, then doubling from
 * RESTART_DELAY_MS, at most `most`. */
int64_t restart_policy_delay(unsigned attempt, int64_t most);
/* How long to wait after so many starts in a row that failed: the same from the second attempt on,
 * but never less than RESTART_DELAY_MS. */
int64_t restart_policy_retry_delay(unsigned failures, int64_t most);
/*
 * What becomes of a node that has no process at the start of dtreed, by its row: _RUNS, it is
 * started; else how it stays. `limit`: of deaths in a row. Only a row of version 0.1.0 is judged by
 * more than its life: there a process is recorded until its death was seen.
 */
enum registry_life restart_policy_at_start(const struct registry_row *row,
                                           enum restart_policy policy, unsigned limit);

#endif
