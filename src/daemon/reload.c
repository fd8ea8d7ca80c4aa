/* Owns nothing. */
#include "daemon/reload.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/program.h"
#include "daemon/delegation.h"
#include "daemon/judge.h"
#include "daemon/judge_library.h"

void reload_read(struct reload_source *source, struct config *config, struct mistakes *found)
{
	const char *named = getenv("DTREE_WORKER");
	bool by_variable = named && *named;
	cleanup_free char *worker =
	    by_variable ? mem_string(named)
	                : program_find("dtree-worker", "../libexec/dtree", PKGLIBEXECDIR);
	cleanup_free char *runtime = config_managed_directory("RUNTIME_DIRECTORY");
	cleanup_free char *state = config_managed_directory("STATE_DIRECTORY");
	cleanup_free char *configuration = config_managed_directory("CONFIGURATION_DIRECTORY");
	const struct surroundings around = {
	    .root = geteuid() == 0,
	    .home = getenv("HOME"),
	    .xdg_runtime_dir = getenv("XDG_RUNTIME_DIR"),
	    .xdg_state_home = getenv("XDG_STATE_HOME"),
	    .xdg_config_home = getenv("XDG_CONFIG_HOME"),
	    .system_config = SYSCONFDIR "/dtree/dtreed.conf",
	    .runtime_directory = runtime,
	    .state_directory = state,
	    .configuration_directory = configuration,
	    .worker = worker,
	    .again = source->again,
	};
	struct confinement own;
	const char *origin;

	config_load(source->argc, source->argv, &around, config, found);
	origin = setting_origin(setting_find("worker", false), config);
	source->worker_named = by_variable || (origin && strcmp(origin, SETTING_DEFAULT) != 0);
	if (!source->confinement)
		confinement_of_process(&own);
	if (config->check_config)
		judge_config(config, source->confinement ? source->confinement : &own, found);
	if (!config->help && !config->version)
		judge_libraries(&config->services, config->worker, found);
}

static void reload_tell(void *arg, bool warning, const char *line)
{
	(void)arg;
	log_line(warning ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "reload", "%s", line);
}

/* What is wrong and does not keep a service from being declared. */
static void reload_warn(const struct reload_target *target, struct mistakes *warnings)
{
	const struct declarations *services = &target->running->services;
	struct error err;

	mistakes_warn(warnings);
	if (target->control_group && delegation_take(target->control_group, services, &err))
		log_warn("reload", "%s", err.text);
	delegation_warn(target->control_group, true, services);
}

int reload_take(const struct reload_target *target, struct config *fresh,
                const struct reconfiguration *plan, struct mistakes *warnings, struct error *err)
{
	if (reconfigure(&target->parts, target->running, fresh, err))
		return -1;
	log_info("reload", "the configuration was read%s",
	         plan->setting_count || plan->service_count ? "" : ": no setting has changed");
	reconfigure_tell(plan, reload_tell, NULL);
	reload_warn(target, warnings);
	return 0;
}
