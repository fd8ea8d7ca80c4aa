/*
 * What a node has said of its program: the newest report of its present life. A node whose service
 * is built in, or a plug-in, says nothing. What its worker has said is forgotten with the worker.
 */
#ifndef CONTROLLER_NODE_PROGRAM_H
#define CONTROLLER_NODE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "controller/node/node.h"
#include "wire/program_report.h"

struct node_program {
	uint64_t version; /* of the report */
	struct program_report report;
	uint32_t told_starts; /* of the report's, those that events have told of */
	uint32_t told_ends;
	uint32_t told_outages; /* of its probe */
	bool told_failed;      /* that the last of them was over was not told yet */
	uint64_t event;        /* number of the newest that was published */
};

/* A report with that version: 1 if it is newer than what is known, 0 if it is not, -1 with
 * ERR_PARSE for what is no report. Only in the first case something changes. */
int node_program_take(struct node *n, uint64_t version, const char *bytes, size_t size,
                      struct error *err);
/* Its process is gone. */
void node_program_clear(struct node *n);
/* NULL: none, or it has said nothing. */
const struct program_report *node_program_report(const struct node *n);
/* Can its program be asked? Not while it waits to be started again after an end, and not from when
 * it failed its probe until it passes. Also true of a
 * node without a program, whatever else may be wrong with it. */
bool node_program_ready(const struct node *n);

#endif
