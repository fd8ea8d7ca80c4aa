/* Owns the ring, and the text of what is run. */
#include "worker/service_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/log_socket.h"
#include "base/mem.h"
#include "program/spec_file.h"
#include "worker/library.h"

static void source_drop(struct program_spec *spec)
{
	if (!spec)
		return;
	program_spec_free(spec);
	free(spec);
}

int service_source_read(struct service_source *s, struct work *work, char **runs, struct error *err)
{
	struct program_spec *spec = mem_new(sizeof *spec);

	work->service = NULL;
	work->program = NULL;
	if (spec_file_read(s->file, s->name, spec, err)) {
		source_drop(spec);
		return -1;
	}
	*runs = program_spec_runs(spec);
	if (s->runs && strcmp(*runs, s->runs) == 0) {
		service_source_refused(work, *runs);
		source_drop(spec);
		return 0;
	}
	if (!spec->library) {
		if (!s->ring && s->ring_path)
			s->ring = log_ring_new(s->ring_path);
		work->program = spec;
		work->ring = s->ring;
		return 1;
	}
	log_socket_word("opening library %s", spec->library);
	work->service = library_open(spec->library, err);
	if (work->service)
		log_socket_word("%s", "");
	source_drop(spec);
	if (work->service)
		return 1;
	service_source_refused(work, *runs);
	return -1;
}

void service_source_taken(struct service_source *s, char *runs)
{
	free(s->runs);
	s->runs = runs;
}

void service_source_refused(struct work *work, char *runs)
{
	source_drop(work->program);
	work->program = NULL;
	free(runs);
}

void service_source_free(struct service_source *s)
{
	log_ring_free(s->ring);
	free(s->runs);
	s->ring = NULL;
	s->runs = NULL;
}
