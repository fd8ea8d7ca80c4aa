/* Owns the counts. Invariant: the last row of a full table is that of all others. */
#include "controller/request/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

struct metrics *metrics_new(void)
{
	return mem_new(sizeof(struct metrics));
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->service_count; i++)
		for (size_t step = 0; step < STEP_WHATS; step++)
			free(m->services[i].steps[step]);
	free(m);
}

struct metrics_kind *metrics_kind(struct metrics *m, const char *name)
{
	struct metrics_kind *kind;

	/* Nearly always it is the same text at the same place. */
	for (size_t i = 0; i < m->kind_count; i++)
		if (m->kinds[i].name == name)
			return &m->kinds[i];
	for (size_t i = 0; i < m->kind_count; i++)
		if (strcmp(m->kinds[i].name, name) == 0)
			return &m->kinds[i];
	if (m->kind_count == METRICS_KINDS)
		return &m->kinds[METRICS_KINDS - 1];
	kind = &m->kinds[m->kind_count++];
	kind->name = m->kind_count == METRICS_KINDS ? METRICS_OTHERS : name;
	return kind;
}

/* A code that finds no room counts as an internal error. */
static void metrics_add_error(struct metrics_kind *kind, int code)
{
	size_t i = 0;

	while (i < kind->error_count && kind->errors[i].code != code)
		i++;
	if (i == METRICS_ERRORS)
		i--;
	if (i == kind->error_count)
		kind->errors[kind->error_count++].code =
		    i == METRICS_ERRORS - 1 ? ERR_INTERNAL : code;
	kind->errors[i].count++;
}

void metrics_kind_add(struct metrics_kind *kind, int code, uint64_t args, uint64_t result,
                      uint64_t ns)
{
	kind->args_bytes += args;
	kind->result_bytes += result;
	histogram_add(&kind->took, ns);
	if (code != ERR_NONE)
		metrics_add_error(kind, code);
}

struct metrics_service *metrics_service(struct metrics *m, const char *name)
{
	struct metrics_service *service;

	for (size_t i = 0; i < m->service_count; i++)
		if (m->services[i].name == name)
			return &m->services[i];
	if (m->service_count == METRICS_SERVICES)
		return &m->services[METRICS_SERVICES - 1];
	service = &m->services[m->service_count++];
	service->name = m->service_count == METRICS_SERVICES ? METRICS_OTHERS : name;
	return service;
}

void metrics_service_add(struct metrics_service *service, const struct steps *steps)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->items[i];
		if (!service->steps[step->what])
			service->steps[step->what] = mem_new(sizeof(struct histogram));
		histogram_add(service->steps[step->what], step->end - step->begin);
	}
}
