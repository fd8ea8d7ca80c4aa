/* Nothing is kept. */
#include "daemon/check_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon/delegation.h"
#include "daemon/unit.h"

#define FILE_NAME "dtreed.conf"
/* Of instances NAME the directory is NAMED-NAME, and the unit PLAIN@NAME. */
#define NAMED "dtree"
#define PLAIN "dtreed"
/* Where that directory is: systemd's own place, and that of this build. */
static const char *const places[] = {"/etc", SYSCONFDIR};

/* The unit that has its settings in that directory; NULL: none. */
static char *unit_of_directory(const char *dir)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_free char *path = mem_format("%s/" NAMED, places[i]);
		size_t n = strlen(path);
		const char *rest = dir + n;
		if (strncmp(dir, path, n) != 0)
			continue;
		if (*rest == '\0')
			return mem_string(PLAIN ".service");
		if (rest[0] == '-' && rest[1] && !strchr(rest, '/'))
			return mem_format(PLAIN "@%s.service", rest + 1);
	}
	return NULL;
}

/* The path may be a relative one, or go through links. */
static char *unit_of_file(const char *file)
{
	const char *slash = strrchr(file, '/');
	cleanup_free char *dir = slash ? mem_copy(file, (size_t)(slash - file)) : mem_string(".");
	cleanup_free char *real = NULL;
	char *unit;

	if (strcmp(slash ? slash + 1 : file, FILE_NAME) != 0)
		return NULL;
	unit = unit_of_directory(dir);
	if (unit)
		return unit;
	real = realpath(dir, NULL);
	return real ? unit_of_directory(real) : NULL;
}

char *check_config_unit(const struct reload_source *source)
{
	static const char key[] = "--config";
	const size_t n = sizeof key - 1;
	const char *file = NULL;
	bool asked = false;

	for (int i = 1; i < source->argc; i++) {
		const char *word = source->argv[i];
		if (strcmp(word, "--check-config") == 0)
			asked = true;
		else if (strcmp(word, key) == 0 && i + 1 < source->argc)
			file = source->argv[++i];
		else if (strncmp(word, key, n) == 0 && word[n] == '=')
			file = word + n + 1;
		else
			return NULL;
	}
	if (!asked)
		return NULL;
	return file ? unit_of_file(file) : mem_string(PLAIN ".service");
}

/* Where the unit's settings are if it does not say. */
static char *directory_of_unit(const char *unit)
{
	const char *at = strchr(unit, '@');
	const char *end = strrchr(unit, '.');

	return at ? mem_format(SYSCONFDIR "/" NAMED "-%.*s", (int)(end - at - 1), at + 1)
	          : mem_string(SYSCONFDIR "/" NAMED);
}

int check_config_assume(struct reload_source *source, struct confinement *confinement,
                        struct mistakes *found)
{
	bool root = geteuid() == 0 && !getenv("RUNTIME_DIRECTORY");
	cleanup_free char *name = root ? check_config_unit(source) : NULL;
	struct unit unit = {0};
	struct error err;
	int rc = 0;

	if (name && unit_ask(name, &unit)) {
		cleanup_free char *dir = directory_of_unit(name);
		confinement_of_unit(confinement, name, &unit);
		source->confinement = confinement;
		rc = unit_assume(&unit, dir, &err);
		if (rc)
			mistakes_add(found, "%s: %s", name, err.text);
	}
	unit_free(&unit);
	return rc;
}

void check_config_print(const struct reload_source *source, const struct config *config)
{
	struct error err;
	char *group = NULL;

	/* A unit has said whether there are groups. */
	if (!source->confinement) {
		delegation_find(config->control_group, &group, &err);
		delegation_warn(group, false, &config->services);
		free(group);
	}
	config_print(config, stdout);
}
