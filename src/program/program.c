/* The rows of protocols: how each is served and spoken to. */
#include "program/program.h"

#include <stdlib.h>

#include "program/internal.h"
#include "program/place.h"
#include "program/probe.h"

static const struct {
	const struct host *host;
	const struct dialect *dialect; /* NULL: no program stays */
} protocols[] = {
    [PROGRAM_RUN] = {&host_run, NULL},
    [PROGRAM_LINES] = {&host_resident, &dialect_lines},
    [PROGRAM_JSON] = {&host_resident, &dialect_json},
};

static void program_begin(struct engine *e)
{
	const struct dialect *dialect = protocols[e->spec->protocol].dialect;

	announce_begin(&e->announce, e->node.watch, dialect != NULL);
	if (dialect)
		resident_open(e, dialect, e->spec->start == PROGRAM_START_CREATE);
	probe_declared(e);
	if (!dialect)
		probe_begin(e);
}

struct engine *program_open(struct ev_loop *loop, struct program_spec *spec,
                            const struct program_node *node, engine_answer_fn *answer, void *arg)
{
	struct engine *e =
	    engine_open(loop, spec, node, protocols[spec->protocol].host, answer, arg);

	probe_init(e);
	program_begin(e);
	return e;
}

void program_reload(struct engine *e, struct program_spec *spec)
{
	if (program_spec_differs_by_probe(e->spec, spec)) {
		program_spec_take_probe(e->spec, spec);
		program_spec_free(spec);
		free(spec);
		probe_declared(e);
		return;
	}
	place_unlimit(e->spec, spec, &e->node);
	engine_replace(e, spec, protocols[spec->protocol].host);
	program_begin(e);
	engine_pump(e);
}
