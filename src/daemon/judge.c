/* A row for each setting that names a file. Nothing is kept. */
#include "daemon/judge.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/resolve.h"
#include "controller/node/saved.h"
#include "daemon/delegation.h"
#include "daemon/groups.h"
#include "daemon/judge_services.h"
#include "daemon/load.h"
#include "daemon/slow_traces.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

int judge_worker(const char *path, struct error *err)
{
	struct stat st;

	if (!path)
		return error_set(err, ERR_INTERNAL,
		                 "the program dtree-worker was not found: name it with --worker");
	if (stat(path, &st) || access(path, X_OK))
		return error_set(err, ERR_INTERNAL, "worker program %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INTERNAL, "worker program %s is no program", path);
	return 0;
}

/* The directory above; "." for a name alone. New memory. */
static char *parent_of(const char *path)
{
	size_t n = strlen(path);
	const char *slash;

	while (n > 1 && path[n - 1] == '/')
		n--;
	slash = memrchr(path, '/', n);
	if (!slash)
		return mem_string(".");
	return slash == path ? mem_string("/") : mem_copy(path, (size_t)(slash - path));
}

static int check_writable(const char *what, const char *path, const char *dir, struct error *err)
{
	if (access(dir, W_OK | X_OK) == 0)
		return 0;
	if (strcmp(path, dir) == 0)
		return error_set(err, ERR_INTERNAL, "%s %s: %s", what, path, strerror(errno));
	return error_set(err, ERR_INTERNAL, "%s %s cannot be made: %s: %s", what, path, dir,
	                 strerror(errno));
}

/* Does the directory exist and belong to this user, or may it be made? all: with those above it. */
static int check_directory(const char *what, const char *path, mode_t apart, bool all,
                           struct error *err)
{
	struct resolved dir;
	cleanup_free char *above = parent_of(path);
	int rc;

	if (access(path, F_OK) == 0) {
		if (resolve_directory(&dir, what, path, RESOLVE_REFUSE, 0, err))
			return -1;
		rc = resolved_check(&dir, what, apart, err);
		resolved_free(&dir);
		return rc ? -1 : check_writable(what, path, path, err);
	}
	if (errno != ENOENT)
		return error_set(err, ERR_INTERNAL, "%s %s: %s", what, path, strerror(errno));
	while (all && access(above, F_OK) && errno == ENOENT) {
		char *higher = parent_of(above);
		free(above);
		above = higher;
	}
	return check_writable(what, path, above, err);
}

static int judge_program(const struct config *config, struct error *err)
{
	return judge_worker(config->worker, err);
}

/* Does a service manager make it before a start (systemd.exec(5))? */
static bool is_managed(const char *path, const char *variable)
{
	cleanup_free char *managed = config_managed_directory(variable);

	return managed && strcmp(managed, path) == 0 && access(path, F_OK) && errno == ENOENT;
}

static int judge_runtime(const struct config *config, struct error *err)
{
	if (is_managed(config->runtime_dir, "RUNTIME_DIRECTORY"))
		return 0;
	return check_directory("runtime directory", config->runtime_dir,
	                       config->private_tree ? S_IRWXG | S_IRWXO : OTHERS_WRITE, false, err);
}

static int judge_state(const struct config *config, struct error *err)
{
	if (is_managed(config->state_dir, "STATE_DIRECTORY"))
		return 0;
	return check_directory("state directory", config->state_dir, OTHERS_WRITE, true, err);
}

/* A socket in the runtime directory is checked with that. */
static int judge_socket(const struct config *config, struct error *err)
{
	cleanup_free char *above = parent_of(config->socket);
	struct stat st;

	if (lstat(config->socket, &st) == 0)
		return S_ISSOCK(st.st_mode)
		           ? 0
		           : error_set(err, ERR_INTERNAL,
		                       "control socket %s: there is something that is no socket",
		                       config->socket);
	if (config->runtime_dir && strcmp(above, config->runtime_dir) == 0)
		return 0;
	return check_writable("control socket", config->socket, above, err);
}

static int judge_saved(const struct config *config, struct error *err)
{
	return saved_check(config->state_dir, config->topology, err);
}

static int judge_group(const struct config *config, struct error *err)
{
	char *group = NULL;
	int rc = delegation_find(config->control_group, &group, err);

	free(group);
	return rc;
}

/* Nobody is silent where nobody says anything. */
static int judge_on_hang(const struct config *config, struct error *err)
{
	if (config->heartbeat || strcmp(config->on_hang, "restart") != 0)
		return 0;
	return error_set(err, ERR_PARAMS,
	                 "restart needs heartbeats, and heartbeat is 0: no node would ever hang");
}

static int judge_operators(const struct config *config, struct error *err)
{
	struct peer_group ignored;

	return groups_of_setting(config, "operate-group", config->operate_group, &ignored, err);
}

static int judge_observers(const struct config *config, struct error *err)
{
	struct peer_group ignored;

	return groups_of_setting(config, "observe-group", config->observe_group, &ignored, err);
}

static int judge_traces(const struct config *config, struct error *err)
{
	if (slow_traces_check(config, err))
		return -1;
	if (!slow_traces_wanted(config))
		return 0;
	return check_directory(SLOW_TRACES, config->slow_traces, 0, false, err);
}

static const struct {
	const char *setting;
	int (*judge)(const struct config *config, struct error *err);
} rows[] = {
    {"runtime-dir", judge_runtime},     {"socket", judge_socket},
    {"state-dir", judge_state},         {"on-hang", judge_on_hang},
    {"worker", judge_program},          {"topology", judge_saved},
    {"control-group", judge_group},     {"operate-group", judge_operators},
    {"observe-group", judge_observers}, {"slow-traces", judge_traces},
};

void judge_config(const struct config *config, const struct confinement *c, struct mistakes *found)
{
	bool known = config->runtime_dir && config->state_dir && config->socket && config->topology;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && known; i++) {
		const struct setting *s = setting_find(rows[i].setting, false);
		const char *origin = setting_origin(s, config);
		struct error err;

		if (rows[i].judge(config, &err) == 0)
			continue;
		mistakes_add(found, "%s: %s: %s", origin ? origin : SETTING_DEFAULT,
		             rows[i].setting, err.text);
	}
	confinement_judge(c, config, found);
	judge_services(&config->services, c, found);
}
