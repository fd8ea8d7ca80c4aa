/* Invariant: the first `borrowed` items are those of the worker that nothing has replaced. */
#include "program/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static bool environment_same(const char *a, const char *b, size_t name)
{
	return *a == *b && strncmp(a, b, name) == 0;
}

/* An item that is no more: the last of its kind comes to its place. */
static void environment_drop(struct environment *e, size_t at)
{
	if (at < e->borrowed) {
		e->items[at] = e->items[--e->borrowed];
		at = e->borrowed;
	} else {
		free(e->items[at]);
	}
	e->items[at] = e->items[--e->count];
}

/* Takes the item over. */
static void environment_set(struct environment *e, char *item)
{
	size_t name = strcspn(item, "=") + 1;

	for (size_t i = e->count; i-- > 0;)
		if (environment_same(e->items[i], item, name))
			environment_drop(e, i);
	e->items = mem_resize(e->items, (e->count + 2) * sizeof *e->items);
	e->items[e->count++] = item;
	e->items[e->count] = NULL;
}

/* What this process has, not copied. */
static void environment_inherit(struct environment *e)
{
	while (environ[e->count])
		e->count++;
	e->borrowed = e->count;
	e->items = mem_new_array(e->count + 1, sizeof *e->items);
	memcpy(e->items, environ, e->count * sizeof *e->items);
}

/* As systemd.exec(5) has EnvironmentFile= at its simplest: NAME=value lines, comments, blank lines;
 * a value may stand in one pair of quotes. */
static int take_line(struct environment *e, char *line, struct error *err)
{
	size_t size;
	char *value;

	line += strspn(line, " \t");
	line[strcspn(line, "\r\n")] = '\0';
	if (!*line || *line == '#' || *line == ';')
		return 0;
	value = strchr(line, '=');
	if (!value || value == line)
		return error_set(err, ERR_SERVICE, "'%.64s' is no NAME=value", line);
	*value++ = '\0';
	size = strlen(value);
	if (size > 1 && (*value == '"' || *value == '\'') && value[size - 1] == *value) {
		value[size - 1] = '\0';
		value++;
	}
	environment_set(e, mem_format("%s=%s", line, value));
	return 0;
}

static int take_file(struct environment *e, const char *path, struct error *err)
{
	cleanup_free char *line = NULL;
	struct error why;
	size_t room = 0;
	FILE *file = fopen(path, "re");
	int rc = 0;

	if (!file)
		return error_set(err, ERR_SERVICE, "cannot read %s: %s", path, strerror(errno));
	while (rc == 0 && getline(&line, &room, file) >= 0)
		rc = take_line(e, line, &why);
	fclose(file);
	return rc ? error_set(err, ERR_SERVICE, "%s: %s", path, why.text) : 0;
}

static void environment_say(struct environment *e, const char *name, const char *value)
{
	if (value)
		environment_set(e, mem_format("%s=%s", name, value));
}

int environment_make(struct environment *e, const struct program_spec *spec,
                     const struct program_node *node, const char *credentials, struct error *err)
{
	char id[16];

	*e = (struct environment){.count = 0};
	environment_inherit(e);
	for (size_t i = 0; spec->environment_files && spec->environment_files[i]; i++)
		if (take_file(e, spec->environment_files[i], err))
			return -1;
	for (size_t i = 0; spec->environment && spec->environment[i]; i++)
		environment_set(e, mem_string(spec->environment[i]));
	snprintf(id, sizeof id, "%d", node->id);
	environment_say(e, "DTREE_NODE", id);
	environment_say(e, "DTREE_SERVICE", spec->name);
	environment_say(e, "DTREE_STATE_DIR", node->state_dir);
	environment_say(e, "DTREE_DURABILITY", node->durability);
	environment_say(e, "DTREE_CREDENTIALS", credentials);
	environment_say(e, "TRACEPARENT", node->traceparent);
	return 0;
}

void environment_free(struct environment *e)
{
	for (size_t i = e->borrowed; i < e->count; i++)
		free(e->items[i]);
	free(e->items);
}
