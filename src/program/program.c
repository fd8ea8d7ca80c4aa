/* The rows of protocols: how each is served and spoken to. */
#include "program/program.h"

#include "program/internal.h"

static const struct {
	const struct host *host;
	const struct dialect *dialect; /* NULL: no program stays */
} protocols[] = {
    [PROGRAM_RUN] = {&host_run, NULL},
    [PROGRAM_LINES] = {&host_resident, &dialect_lines},
    [PROGRAM_JSON] = {&host_resident, &dialect_json},
};

struct engine *program_open(struct ev_loop *loop, struct program_spec *spec,
                            const struct program_node *node, engine_answer_fn *answer, void *arg)
{
	const struct dialect *dialect = protocols[spec->protocol].dialect;
	struct engine *e =
	    engine_open(loop, spec, node, protocols[spec->protocol].host, answer, arg);

	announce_begin(&e->announce, node->watch, dialect != NULL);
	if (dialect)
		resident_open(e, dialect, spec->start == PROGRAM_START_CREATE);
	return e;
}
