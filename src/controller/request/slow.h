/* What the stamps of a request that was slow say of where its time went, and why. Pure. */
#ifndef CONTROLLER_REQUEST_SLOW_H
#define CONTROLLER_REQUEST_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/request/kind.h"
#include "controller/request/slow_log.h"
#include "wire/steps.h"

/* Where the time went: steps in order, each begins where the one before it ends. From the reading
 * of the request, until now, which is when its outcome is told. program: the service of its node is
 * a user's program. */
void slow_steps(const struct request *r, bool program, uint64_t now, struct steps *steps);
/* The first of them: where it was until it was sent, or carried out here. From *now on, which moves
 * to the end of the last one. */
void slow_steps_before(const struct request *r, struct steps *steps, uint64_t *now);
/* Do the node's stamps fit between dtreed's own? Only then they count. */
bool slow_node_is_known(const struct request_stamps *at);
/* The longest of them; NULL: there is none. */
const struct step *slow_longest(const struct steps *steps);

/* What is known beside the stamps of a request that was slow. */
struct slow_known {
	const char *service; /* of its node; NULL: it names none that is there */
	bool answered;       /* by its node */
	unsigned
	    moves; /* while it was under way, so often what was on its way may have been lost */
	int64_t silent_ms; /* the node was lost or silent meanwhile; 0: it was not */
	int stopped;       /* the process of this node, its own or one above, is stopped */
	int pid;           /* that process; 0: none is */
};

/* Why that step took so long, as far as it is known. */
void slow_why(const struct request *r, enum step_what longest, const struct slow_known *known,
              char why[SLOW_WHY_SIZE]);

#endif
