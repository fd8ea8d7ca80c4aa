/* Owns node.program. Invariant: a version never descends in a life. */
#include "controller/node/program.h"

#include <stdlib.h>

#include "base/mem.h"

int node_program_take(struct node *n, uint64_t version, const char *bytes, size_t size,
                      struct error *err)
{
	struct program_report report;

	if (program_report_read(bytes, size, &report, err))
		return -1;
	if (n->program && version <= n->program->version)
		return 0;
	if (!n->program)
		n->program = mem_new(sizeof *n->program);
	n->program->version = version;
	n->program->report = report;
	return 1;
}

void node_program_clear(struct node *n)
{
	free(n->program);
	n->program = NULL;
}

const struct program_report *node_program_report(const struct node *n)
{
	return n->program ? &n->program->report : NULL;
}

bool node_program_ready(const struct node *n)
{
	const struct program_report *report = node_program_report(n);

	return !report ||
	       (report->state != PROGRAM_BACKING_OFF && report->probe.state != PROBE_FAILED);
}
