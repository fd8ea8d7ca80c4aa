/* A row for each limit. Nothing is kept. */
#include "daemon/delegation.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/control_group.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/mistakes.h"

/* The group of dtreed and its workers. */
#define OWN_NAME "dtreed"

static const struct {
	const char *key;
	const char *controller;
	size_t at; /* of the field in struct program_spec; -1 there: no limit */
} rows[] = {
    {"memory-max", "memory", offsetof(struct program_spec, memory_max)},
    {"tasks-max", "pids", offsetof(struct program_spec, tasks_max)},
    {"cpu-weight", "cpu", offsetof(struct program_spec, cpu_weight)},
};

static bool is_limited(const struct program_spec *spec, size_t row)
{
	int64_t value;

	memcpy(&value, (const char *)spec + rows[row].at, sizeof value);
	return value >= 0;
}

/* Where version 2 is mounted, as mountinfo says; proc_pid_mountinfo(5). New memory, or NULL. */
static char *find_mount(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t room = 0;
	char *found = NULL;
	char root[PATH_MAX];
	char point[PATH_MAX];

	while (file && !found && getline(&line, &room, file) >= 0)
		if (strstr(line, " - cgroup2 ") &&
		    sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) == 2 &&
		    strcmp(root, "/") == 0)
			found = mem_string(point);
	if (file)
		fclose(file);
	return found;
}

/* The directory of this process's group. New memory, or NULL. */
static char *find_own(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	cleanup_free char *mount = find_mount();
	cleanup_free char *line = NULL;
	size_t room = 0;
	char *found = NULL;

	while (file && mount && !found && getline(&line, &room, file) >= 0)
		if (strncmp(line, "0::/", 4) == 0)
			found = mem_format("%s%.*s", mount, (int)strcspn(line + 3, "\n"), line + 3);
	if (file)
		fclose(file);
	return found;
}

/* As systemd marks it. */
static bool is_delegated(const char *path)
{
	static const char *const marks[] = {"user.delegate", "trusted.delegate"};
	char value;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (getxattr(path, marks[i], &value, 1) == 1 && value == '1')
			return true;
	return false;
}

static char *find_delegated(void)
{
	char *own = find_own();
	char *slash = own ? strrchr(own, '/') : NULL;

	if (own && is_delegated(own))
		return own;
	/* It may have gone there before. */
	if (slash && strcmp(slash + 1, OWN_NAME) == 0) {
		*slash = '\0';
		if (is_delegated(own))
			return own;
	}
	free(own);
	return NULL;
}

int delegation_find(const char *setting, char **root, struct error *err)
{
	cleanup_close int door = -1;

	*root = NULL;
	if (strcmp(setting, DELEGATION_NONE) == 0)
		return 0;
	if (strcmp(setting, DELEGATION_AUTO) == 0) {
		*root = find_delegated();
		return 0;
	}
	door = control_group_door(setting);
	if (door < 0)
		return error_set(err, ERR_INTERNAL, "control group %s: %s", setting,
		                 errno == ENOENT ? "there is none of version 2" : strerror(errno));
	*root = realpath(setting, NULL);
	return *root ? 0 : error_set(err, ERR_INTERNAL, "%s: %s", setting, strerror(errno));
}

static bool is_needed(const struct declarations *d, size_t row)
{
	for (size_t i = 0; i < d->count; i++)
		if (is_limited(&d->items[i]->spec, row))
			return true;
	return false;
}

int delegation_take(const char *root, const struct declarations *d, struct error *err)
{
	cleanup_free char *own = mem_format("%s/" OWN_NAME, root);

	if (control_group_make(own) || control_group_write(own, "cgroup.procs", "0"))
		return error_set(err, ERR_INTERNAL, "cannot enter control group %s: %s", own,
		                 strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *word = mem_format("+%s", rows[i].controller);
		if (is_needed(d, i) && control_group_write(root, "cgroup.subtree_control", word))
			log_debug("start", "%s: %s: %s", root, word, strerror(errno));
	}
	return 0;
}

static void delegation_judge(const char *root, bool taken, const struct declarations *d,
                             struct mistakes *found)
{
	const char *file = taken ? "cgroup.subtree_control" : "cgroup.controllers";

	for (size_t i = 0; i < d->count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
			const struct declaration *s = d->items[i];
			cleanup_free char *why =
			    root ? mem_format("control group %s has no controller '%s' to give",
			                      root, rows[k].controller)
			         : mem_string("no control group is delegated to dtreed");
			if (!is_limited(&s->spec, k) ||
			    (root && control_group_has(root, file, rows[k].controller)))
				continue;
			mistakes_add(found, "%s: service %s: %s: %s; the program runs without",
			             declare_origin(s, rows[k].key), s->name, rows[k].key, why);
		}
}

void delegation_warn(const char *root, bool taken, const struct declarations *d)
{
	struct mistakes found = {0};

	delegation_judge(root, taken, d, &found);
	mistakes_warn(&found);
}

/* FNV-1a: no more than one tree has a state directory. */
char *delegation_prefix(const char *root, const char *state_dir)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *p = state_dir; *p; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return mem_format("%s/dtree-%016llx-", root, (unsigned long long)hash);
}
