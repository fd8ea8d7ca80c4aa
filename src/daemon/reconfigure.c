/* Owns nothing. */
#include "daemon/reconfigure.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "service/service.h"

/* So many nodes are named. */
#define NODES_NAMED 16

static void plan_setting(const struct setting *s, const struct config *running,
                         const struct config *fresh, const struct controller *controller,
                         struct reconfiguration *plan)
{
	char *from = setting_text(s, running);
	char *to = setting_text(s, fresh);
	const char *but = NULL;

	if (strcmp(from, to) == 0) {
		free(from);
		free(to);
		return;
	}
	if (strcmp(setting_name(s), "heartbeat") == 0 && controller &&
	    controller_heartbeat_asked(controller))
		but = "a request has set it, and that stays";
	plan->settings =
	    mem_resize(plan->settings, (plan->setting_count + 1) * sizeof *plan->settings);
	plan->settings[plan->setting_count++] = (struct setting_change){.name = setting_name(s),
	                                                                .from = from,
	                                                                .to = to,
	                                                                .effect = setting_effect(s),
	                                                                .but = but};
}

/* Who has a service. */
struct users {
	const char *service;
	struct buffer ids;
	size_t count;
};

static void users_add(void *arg, const struct node_view *view)
{
	struct users *users = arg;

	if (strcmp(view->service, users->service) != 0)
		return;
	if (users->count++ < NODES_NAMED)
		buffer_format(&users->ids, "%s%d", users->count > 1 ? ", " : "", view->id);
}

/* New memory. */
static char *users_text(const struct users *users)
{
	return mem_format("kept by %s %.*s%s", users->count == 1 ? "node" : "nodes",
	                  (int)buffer_size(&users->ids), buffer_bytes(&users->ids),
	                  users->count > NODES_NAMED ? ", ..." : "");
}

static void plan_service(const char *name, enum service_change_kind kind,
                         const struct controller *controller, struct reconfiguration *plan)
{
	struct users users = {.service = name};

	if (controller)
		controller_each_node(controller, users_add, &users);
	plan->services =
	    mem_resize(plan->services, (plan->service_count + 1) * sizeof *plan->services);
	plan->services[plan->service_count++] = (struct service_change){
	    .name = mem_string(name),
	    .kind = kind,
	    .nodes = users.count,
	    .kept = kind == SERVICE_REMOVED && users.count ? users_text(&users) : NULL};
	buffer_free(&users.ids);
}

static void plan_services(const struct declarations *running, const struct declarations *fresh,
                          const struct controller *controller, struct reconfiguration *plan)
{
	for (size_t i = 0; i < fresh->count; i++) {
		const struct declaration *now = fresh->items[i];
		const struct declaration *was = declare_find(running, now->name);
		if (!was)
			plan_service(now->name, SERVICE_ADDED, controller, plan);
		else if (!program_spec_runs_same(&was->spec, &now->spec))
			plan_service(now->name, SERVICE_CHANGED, controller, plan);
		else if (strcmp(was->spec.text, now->spec.text) != 0)
			plan_service(now->name, SERVICE_TEXTS, controller, plan);
	}
	for (size_t i = 0; i < running->count; i++)
		if (!declare_find(fresh, running->items[i]->name))
			plan_service(running->items[i]->name, SERVICE_REMOVED, controller, plan);
}

void reconfigure_plan(const struct config *running, const struct config *fresh,
                      const struct controller *controller, struct reconfiguration *plan)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		plan_setting(setting_at(i), running, fresh, controller, plan);
	plan_services(&running->services, &fresh->services, controller, plan);
}

/* judge_services.h: "conf:3: service NAME: ..." */
static bool is_about_news(const char *text, const struct reconfiguration *plan)
{
	for (size_t i = 0; i < plan->service_count; i++) {
		const struct service_change *s = &plan->services[i];
		cleanup_free char *of = mem_format(": service %s: ", s->name);
		if ((s->kind == SERVICE_ADDED || s->kind == SERVICE_CHANGED) && strstr(text, of))
			return true;
	}
	return false;
}

void reconfigure_judge(const struct reconfiguration *plan, struct mistakes *warnings,
                       struct mistakes *found)
{
	struct mistakes left = {.more = warnings->more};

	for (size_t i = 0; i < warnings->count; i++)
		mistakes_add(is_about_news(warnings->texts[i], plan) ? found : &left, "%s",
		             warnings->texts[i]);
	mistakes_free(warnings);
	*warnings = left;
}

void reconfiguration_free(struct reconfiguration *plan)
{
	for (size_t i = 0; i < plan->setting_count; i++) {
		free(plan->settings[i].from);
		free(plan->settings[i].to);
	}
	for (size_t i = 0; i < plan->service_count; i++) {
		free(plan->services[i].name);
		free(plan->services[i].kept);
	}
	free(plan->settings);
	free(plan->services);
	*plan = (struct reconfiguration){0};
}

/* New memory. */
static char *service_words(const struct service_change *s)
{
	switch (s->kind) {
	case SERVICE_ADDED:
		return mem_format("service %s: new", s->name);
	case SERVICE_CHANGED:
		return mem_format("service %s: changed, for %zu %s", s->name, s->nodes,
		                  s->nodes == 1 ? "node" : "nodes");
	case SERVICE_TEXTS:
		return mem_format("service %s: changed, but not what runs", s->name);
	case SERVICE_REMOVED:
		break;
	}
	return mem_format("service %s: declared no longer%s%s", s->name, s->kept ? ", and " : "",
	                  s->kept ? s->kept : "");
}

void reconfigure_tell(const struct reconfiguration *plan, reconfigure_line_fn *fn, void *arg)
{
	for (size_t i = 0; i < plan->setting_count; i++) {
		const struct setting_change *s = &plan->settings[i];
		cleanup_free char *line = mem_format(
		    "%s: %s -> %s, %s", s->name, *s->from ? s->from : "(none)",
		    *s->to ? s->to : "(none)", s->but ? s->but : setting_effect_text(s->effect));
		fn(arg, s->but || s->effect == SETTING_AT_START, line);
	}
	for (size_t i = 0; i < plan->service_count; i++) {
		const struct service_change *s = &plan->services[i];
		cleanup_free char *line = service_words(s);
		fn(arg, s->kept != NULL, line);
	}
}

void reconfigure_fill(const struct config *config, struct controller_config *out)
{
	enum dtree_durability durability = DTREE_DURABILITY_FULL;

	durability_find(config->durability, &durability);
	out->topology = config->topology;
	out->service = config->service;
	out->durability = durability_at(durability);
	out->link = config->link;
	out->link_security = config->link_security;
	out->worker_path = config->worker;
	out->heartbeat_ms = config->heartbeat;
	out->request_timeout_ms = config->request_timeout;
	out->slow_request_ms = config->slow_request;
	out->restart = config->restart;
	out->restart_delay_max_ms = config->restart_delay_max;
	out->restart_quiet_ms = config->restart_quiet;
	out->restart_limit = (unsigned)config->restart_limit;
	out->on_hang = config->on_hang;
	out->hang_timeout_ms = config->hang_timeout;
	out->ends_at_give_up = strcmp(config->on_give_up, "exit") == 0;
	out->max_nodes = (size_t)config->max_nodes;
	out->orphan_timeout_ms = config->orphan_timeout;
	out->stop_grace_ms = config->stop_grace;
}

int reconfigure(const struct reconfigure_parts *parts, struct config *running, struct config *fresh,
                struct error *err)
{
	struct controller_config config = {0};
	enum log_level level = LOG_LEVEL_INFO;

	if (service_files_prepare(parts->files, &fresh->services, err))
		return -1;
	config_replace(running, fresh);
	service_files_take(parts->files, &fresh->services);
	log_level_parse(running->log_level, &level);
	log_set_level(level);
	control_limit(parts->control, (size_t)running->max_line, (size_t)running->max_clients);
	reconfigure_fill(running, &config);
	config.services = service_files_list(parts->files);
	config.service_count = running->services.count;
	controller_reconfigure(parts->controller, &config);
	service_files_tidy(parts->files, parts->controller);
	config_free(fresh);
	return 0;
}
