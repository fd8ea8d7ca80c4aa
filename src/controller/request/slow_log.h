/* Slow requests: the last and the slowest of those that took long. Of a fixed size. */
#ifndef CONTROLLER_REQUEST_SLOW_LOG_H
#define CONTROLLER_REQUEST_SLOW_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/traceparent.h"
#include "wire/steps.h"

/* So many are kept of each kind. */
#define SLOW_NEWEST  128
#define SLOW_SLOWEST 32
/* Bytes of the reason, and of a node's name, with the NUL; longer ones are cut. */
#define SLOW_WHY_SIZE  384
#define SLOW_NAME_SIZE 72

struct slow_request {
	uint64_t id;  /* of the request, in this life of dtreed, from 1 */
	int64_t time; /* clock_wall_us(): when it was told */
	int node;
	char name[SLOW_NAME_SIZE]; /* the node's; "": it has none */
	const char *kind;          /* static: of the request */
	uint64_t session;          /* in this life of dtreed, from 1 */
	int code;                  /* an enum error_code of its outcome */
	uint64_t ns;               /* all of it */
	struct steps steps;
	enum step_what longest;
	char why[SLOW_WHY_SIZE];
	char traceparent[TRACEPARENT_SIZE + 1]; /* that it came with; "": none */
};

struct slow_log;

struct slow_log *slow_log_new(int64_t ms);
void slow_log_free(struct slow_log *log);
/* Keeps a copy. */
void slow_log_add(struct slow_log *log, const struct slow_request *slow);
/* From now on so much is slow. */
void slow_log_set(struct slow_log *log, int64_t ms);
int64_t slow_log_ms(const struct slow_log *log);
/* All that there were. */
uint64_t slow_log_count(const struct slow_log *log);
/* The newest, the oldest of them first; the slowest, the slowest first. NULL behind the last. */
const struct slow_request *slow_log_newest(const struct slow_log *log, size_t i);
const struct slow_request *slow_log_slowest(const struct slow_log *log, size_t i);

#endif
