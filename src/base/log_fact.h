/*
 * Lines of the log that say what they are about. The journal gets that as fields, by which a person
 * selects lines: MESSAGE_ID (base/fact.h), DTREE_NODE, DTREE_SERVICE, DTREE_REQUEST, DTREE_PID.
 * Elsewhere they are lines as any other.
 */
#ifndef BASE_LOG_FACT_H
#define BASE_LOG_FACT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fact.h"
#include "base/log.h"

/* What is not known is zero. All is borrowed. */
struct log_about {
	bool has_node;
	int node;
	const char *service;
	uint64_t request;
	pid_t pid;
};

/* As log_line(). about: NULL for nothing. */
void log_fact(enum log_level level, enum fact fact, const struct log_about *about, const char *area,
              const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
