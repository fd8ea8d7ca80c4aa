/* Owns arrays; their strings are those of what is reported. */
#include "daemon/reload_report.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

/* What is told of each kind of steps; NULL: nothing, as another step tells of it. */
static const char *report_word(enum plan_kind kind)
{
	switch (kind) {
	case PLAN_CREATE:
		return "create";
	case PLAN_RENAME:
	case PLAN_CHANGE:
		return "change";
	case PLAN_UNDECLARE:
		return "undeclare";
	case PLAN_REMOVE:
		return "remove";
	case PLAN_DISOWN:
		break;
	}
	return NULL;
}

void reload_report_refuse(struct reload_report_parts *r, const struct mistakes *found)
{
	size_t count = found->count + found->more;

	r->refused = mem_format("the configuration has %zu mistake%s; nothing is changed", count,
	                        count == 1 ? "" : "s");
	r->report.refused = r->refused;
	r->report.mistakes = (const char *const *)found->texts;
	r->report.mistake_count = found->count;
}

static void report_settings(struct reload_report_parts *r, const struct reconfiguration *changes)
{
	r->settings = mem_new_array(changes->setting_count + 1, sizeof *r->settings);
	for (size_t i = 0; i < changes->setting_count; i++) {
		const struct setting_change *s = &changes->settings[i];
		const char *note = NULL;
		if (s->but)
			note = s->but;
		else if (s->effect != SETTING_AT_ONCE)
			note = setting_effect_text(s->effect);
		r->settings[i] = (struct reload_change){.name = s->name,
		                                        .from = *s->from ? s->from : NULL,
		                                        .to = *s->to ? s->to : NULL,
		                                        .note = note};
	}
	r->report.settings = r->settings;
	r->report.setting_count = changes->setting_count;
}

static struct reload_service report_service(const struct service_change *s)
{
	struct reload_service service = {.name = s->name, .what = "changed"};

	switch (s->kind) {
	case SERVICE_ADDED:
		service.what = "added";
		break;
	case SERVICE_CHANGED:
		break;
	case SERVICE_TEXTS:
		service.note = "but not what runs";
		break;
	case SERVICE_REMOVED:
		service.what = "removed";
		service.note = s->kept;
		break;
	}
	return service;
}

static void report_services(struct reload_report_parts *r, const struct reconfiguration *changes)
{
	r->services = mem_new_array(changes->service_count + 1, sizeof *r->services);
	for (size_t i = 0; i < changes->service_count; i++)
		r->services[i] = report_service(&changes->services[i]);
	r->report.services = r->services;
	r->report.service_count = changes->service_count;
}

static size_t changes_of(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->steps[i].count;
	return count;
}

/* A step that is told of by another one is told of where it failed. */
static void report_steps(struct reload_report_parts *r, const struct plan *plan,
                         const struct plan_run *run)
{
	struct reload_change *change;
	size_t count = 0;

	r->steps = mem_new_array(plan->count + 1, sizeof *r->steps);
	r->changes = change = mem_new_array(changes_of(plan) + 1, sizeof *r->changes);
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		const char *error = run ? plan_run_error(run, i) : NULL;
		const char *word = report_word(step->kind);
		if (!word && !error)
			continue;
		r->steps[count++] = (struct reload_step){.what = word ? word : "undeclare",
		                                         .id = step->id,
		                                         .origin = step->origin,
		                                         .changes = change,
		                                         .count = step->count,
		                                         .adopted = step->adopts,
		                                         .returned = step->returns,
		                                         .error = error};
		for (size_t k = 0; k < step->count; k++)
			*change++ =
			    (struct reload_change){.name = node_key_name(step->changes[k].key),
			                           .from = step->changes[k].from,
			                           .to = step->changes[k].to};
	}
	r->report.steps = r->steps;
	r->report.step_count = count;
}

void reload_report_fill(struct reload_report_parts *r, const struct reconfiguration *changes,
                        const struct plan *plan, const struct plan_run *run)
{
	report_settings(r, changes);
	report_services(r, changes);
	report_steps(r, plan, run);
	r->left = mem_new_array(plan->left_count + 1, sizeof *r->left);
	for (size_t i = 0; i < plan->left_count; i++)
		r->left[i] = plan->left[i].text;
	r->report.left = r->left;
	r->report.left_count = plan->left_count;
}

void reload_report_free(struct reload_report_parts *r)
{
	free(r->refused);
	free(r->settings);
	free(r->services);
	free(r->steps);
	free(r->changes);
	free(r->left);
	*r = (struct reload_report_parts){0};
}

/* What becomes of nodes, as it is counted. */
static const struct {
	enum plan_kind kind;
	const char *done;
} report_counts[] = {{PLAN_CREATE, "created"},
                     {PLAN_CHANGE, "changed"},
                     {PLAN_UNDECLARE, "undeclared"},
                     {PLAN_REMOVE, "removed"}};

static size_t count_done(const struct plan *plan, const struct plan_run *run, enum plan_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->steps[i].kind == kind && !plan_run_error(run, i);
	return count;
}

static void log_counts(const struct plan *plan, const struct plan_run *run)
{
	struct buffer text = {0};

	for (size_t i = 0; i < ARRAY_SIZE(report_counts); i++) {
		size_t count = count_done(plan, run, report_counts[i].kind);
		if (count)
			buffer_format(&text, "%s%zu %s", buffer_size(&text) ? ", " : "", count,
			              report_counts[i].done);
	}
	if (buffer_size(&text))
		log_info("declared", "nodes: %.*s", (int)buffer_size(&text), buffer_bytes(&text));
	buffer_free(&text);
}

void reload_report_log(const struct plan *plan, const struct plan_run *run)
{
	size_t told = 0;

	log_counts(plan, run);
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		const char *error = plan_run_error(run, i);
		if (!error || told++ >= MISTAKES_MAX)
			continue;
		log_error("declared", "%s%snode %d: %s", step->origin ? step->origin : "",
		          step->origin ? ": " : "", step->id, error);
	}
	for (size_t i = 0; i < plan->left_count; i++)
		if (told++ < MISTAKES_MAX)
			log_error("declared", "%s", plan->left[i].text);
	if (told > MISTAKES_MAX)
		log_error("declared", "and %zu more", told - MISTAKES_MAX);
}
