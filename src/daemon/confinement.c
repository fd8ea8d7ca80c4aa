/* A row for each thing that may be forbidden. Nothing is kept. */
#include "daemon/confinement.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "program/credentials.h"

/* The manual has these examples of drop-ins. */
#define SEE "RUNNING UNDER SYSTEMD in dtreed(8)"

/* capabilities(7); bits of the first 32. */
static uint32_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	return syscall(SYS_capget, &header, data) ? 0 : data[0].effective;
}

static bool has_network(void)
{
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 || (errno != EAFNOSUPPORT && errno != EPERM);
}

void confinement_of_process(struct confinement *c)
{
	const uint32_t change = 1U << CAP_SETUID | 1U << CAP_SETGID;
	uint32_t may = effective_capabilities();
	struct rlimit files = {.rlim_max = RLIM_INFINITY};
	struct rlimit nice = {.rlim_cur = 0};

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_NICE, &nice);
	*c = (struct confinement){
	    /* The call changes nothing; a filter refuses it. */
	    .users = (may & change) == change && syscall(SYS_setresuid, -1, -1, -1) == 0,
	    .network = has_network(),
	    .groups = true,
	    .homes = true,
	    .nice = may & 1U << CAP_SYS_NICE ? -20 : 20 - (int64_t)nice.rlim_cur,
	    .files = files.rlim_max > INT64_MAX ? INT64_MAX : (int64_t)files.rlim_max,
	};
}

/* May its main process do that? As root within the bounds, as another by what it is given. */
static bool unit_may(const struct unit *unit, const char *capability)
{
	const char *user = unit_value(unit, UNIT_USER);
	bool root = !*user || strcmp(user, "root") == 0 || strcmp(user, "0") == 0;

	return unit_allows(unit, root ? UNIT_BOUNDING : UNIT_AMBIENT, capability);
}

static int64_t unit_number(const struct unit *unit, enum unit_key key, int64_t otherwise)
{
	const char *text = unit_value(unit, key);
	int64_t value;

	return parse_int64(text, strlen(text), &value) ? otherwise : value;
}

void confinement_of_unit(struct confinement *c, const char *name, const struct unit *unit)
{
	const char *calls = unit_value(unit, UNIT_CALLS);
	const char *homes = unit_value(unit, UNIT_HOMES);
	const char *families = unit_value(unit, UNIT_FAMILIES);

	*c = (struct confinement){
	    .unit = mem_string(name),
	    .users = unit_may(unit, "cap_setuid") && unit_may(unit, "cap_setgid") &&
	             (!*calls || unit_allows(unit, UNIT_CALLS, "setresuid")),
	    .network = !*families || unit_allows(unit, UNIT_FAMILIES, "AF_INET"),
	    .groups = strcmp(unit_value(unit, UNIT_DELEGATE), "no") != 0,
	    .homes = strcmp(homes, "yes") != 0 && strcmp(homes, "tmpfs") != 0,
	    .nice = unit_may(unit, "cap_sys_nice") ? -20 : 20 - unit_number(unit, UNIT_NICE, 0),
	    .files = unit_number(unit, UNIT_FILES, INT64_MAX),
	};
}

void confinement_free(struct confinement *c)
{
	free(c->unit);
	c->unit = NULL;
}

/* Which drop-in would allow it; NULL: none of those that are installed. */
static char *confinement_why(const struct confinement *c, const char *own, const char *example)
{
	if (!c->unit)
		return mem_string(own);
	return example ? mem_format("%s forbids it; %s allows it, see " SEE, c->unit, example)
	               : mem_format("%s forbids it", c->unit);
}

static void confinement_tell(const struct confinement *c, const struct declaration *d,
                             const char *key, const char *own, const char *example,
                             struct mistakes *found)
{
	cleanup_free char *why = confinement_why(c, own, example);

	mistakes_add(found, "%s: service %s: %s: %s", declare_origin(d, key), d->name, key, why);
}

static void judge_users(const struct confinement *c, const struct declaration *d,
                        struct mistakes *found)
{
	static const char own[] = "only root can start programs as others, or a process with "
	                          "CAP_SETUID and CAP_SETGID";

	if (c->users)
		return;
	if (d->spec.user)
		confinement_tell(c, d, "user", own, "users.conf", found);
	if (d->spec.group)
		confinement_tell(c, d, "group", own, "users.conf", found);
}

static void judge_limits(const struct confinement *c, const struct declaration *d,
                         struct mistakes *found)
{
	const struct {
		const char *key;
		int64_t value;
	} rows[] = {{"memory-max", d->spec.memory_max},
	            {"tasks-max", d->spec.tasks_max},
	            {"cpu-weight", d->spec.cpu_weight}};

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !c->groups; i++)
		if (rows[i].value >= 0)
			confinement_tell(c, d, rows[i].key, "", "limits.conf", found);
	if (d->spec.nice != INT64_MAX && d->spec.nice < c->nice)
		confinement_tell(c, d, "nice", "this process may not set so little", NULL, found);
	if (d->spec.limit_files > c->files)
		confinement_tell(c, d, "limit-files", "this process may not have so many", NULL,
		                 found);
}

static bool is_home(const char *path)
{
	static const char *const homes[] = {"/home/", "/root/", "/run/user/"};

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++)
		if (strncmp(path, homes[i], strlen(homes[i])) == 0)
			return true;
	return false;
}

static void judge_homes(const struct confinement *c, const struct declaration *d,
                        struct mistakes *found)
{
	const struct program_spec *s = &d->spec;

	if (c->homes)
		return;
	if (s->command && is_home(s->command[0]))
		confinement_tell(c, d, "command", "", "homes.conf", found);
	if (s->library && is_home(s->library))
		confinement_tell(c, d, "library", "", "homes.conf", found);
	if (s->directory && is_home(s->directory))
		confinement_tell(c, d, "directory", "", "homes.conf", found);
	for (size_t i = 0; s->environment_files && s->environment_files[i]; i++)
		if (is_home(s->environment_files[i]))
			confinement_tell(c, d, "environment-file", "", "homes.conf", found);
	for (size_t i = 0; s->credentials && s->credentials[i]; i++)
		if (is_home(credential_path(s->credentials[i])))
			confinement_tell(c, d, "credential", "", "homes.conf", found);
}

void confinement_judge_service(const struct confinement *c, const struct declaration *service,
                               struct mistakes *found)
{
	judge_users(c, service, found);
	judge_limits(c, service, found);
	judge_homes(c, service, found);
}

void confinement_judge(const struct confinement *c, const struct config *config,
                       struct mistakes *found)
{
	const char *origin = setting_origin(setting_find("link", false), config);
	cleanup_free char *why =
	    confinement_why(c, "this process may make no Internet sockets", "tcp-links.conf");

	if (!c->network && config->link && strcmp(config->link, "tcp") == 0)
		mistakes_add(found, "%s: link: tcp: %s", origin ? origin : SETTING_DEFAULT, why);
}
