/*
 * Traces: of a request whose session asked for it, what the nodes on its way told of it, until its
 * outcome is told. Bounded: what is known is told, and nothing waits for more.
 */
#ifndef CONTROLLER_REQUEST_TRACE_H
#define CONTROLLER_REQUEST_TRACE_H

#include "controller/request/kind.h"
#include "wire/spans.h"

/* Visits of one request, dtreed's own included; the oldest but that are dropped for more. */
#define TRACE_VISITS_MAX 256

struct request_trace;

/* From now on what is told of the request is kept. */
void request_trace_open(struct request *r);
/* Frees it. */
void request_trace_close(struct request *r);
/* What a node told. Nothing for a request that is not traced. */
void request_trace_add(struct request *r, const struct visit *visit);
/* Until then dtreed had to wait so many ns for a processor. */
void request_trace_wait(struct request *r, uint64_t until, uint64_t ns);
/* dtreed's own visit, which ends now; also of a request that is not traced. */
struct visit request_trace_own(const struct request *r);
/* Copies the others to *visits, unless that is NULL. How many there are. */
size_t request_trace_others(const struct request *r, struct visit *visits);
/* All of it, with dtreed's own visit first. */
struct outcome_trace request_trace_told(struct request *r);

#endif
