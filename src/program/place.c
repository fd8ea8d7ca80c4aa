/*
 * Owns the number of the newest place, by which its directories are called, as those of a worker
 * have a directory of their own; and the groups that were not empty yet when they were left: they
 * are removed with one of the next.
 */
#include "program/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/control_group.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/remove.h"
#include "program/credentials.h"

static unsigned long place_newest;
static char **place_left;
static size_t place_left_count;

/* Takes the path over. */
static void place_group_leave(char *group)
{
	if (control_group_remove(group) == 0 || errno != EBUSY) {
		free(group);
		return;
	}
	place_left = mem_resize(place_left, (place_left_count + 1) * sizeof *place_left);
	place_left[place_left_count++] = group;
}

static void place_groups_look(void)
{
	size_t count = place_left_count;
	char **all = place_left;

	place_left = NULL;
	place_left_count = 0;
	for (size_t i = 0; i < count; i++)
		place_group_leave(all[i]);
	free(all);
}

static void place_set(const char *group, const char *file, int64_t value)
{
	cleanup_free char *text = mem_format("%lld", (long long)value);

	if (value >= 0 && control_group_write(group, file, text))
		log_debug("program", "%s: %s: %s", group, file, strerror(errno));
}

/* dtreed has told at its start what cannot be limited here. */
void place_limit(const struct program_spec *spec, const struct program_node *node)
{
	if (!node->group)
		return;
	place_set(node->group, "memory.max", spec->memory_max);
	place_set(node->group, "pids.max", spec->tasks_max);
	place_set(node->group, "cpu.weight", spec->cpu_weight);
}

static void place_clear(const struct program_node *node, const char *file, const char *text,
                        int64_t former, int64_t now)
{
	if (former >= 0 && now < 0 && control_group_write(node->group, file, text))
		log_debug("program", "%s: %s: %s", node->group, file, strerror(errno));
}

void place_unlimit(const struct program_spec *former, const struct program_spec *spec,
                   const struct program_node *node)
{
	if (!node->group)
		return;
	place_clear(node, "memory.max", "max", former->memory_max, spec->memory_max);
	place_clear(node, "pids.max", "max", former->tasks_max, spec->tasks_max);
	place_clear(node, "cpu.weight", "100", former->cpu_weight, spec->cpu_weight);
}

/* A program whose group cannot be made runs without. */
static void place_make_group(struct place *p, const struct program_spec *spec,
                             const struct program_node *node)
{
	cleanup_free char *group = mem_format("%s/%lu", node->group, place_newest);

	place_groups_look();
	if (control_group_make(node->group) || control_group_make(group)) {
		log_warn("program", "node %d: no control group %s: %s", node->id, group,
		         strerror(errno));
		return;
	}
	place_limit(spec, node);
	p->group = mem_string(group);
}

int place_make(struct place *p, const struct program_spec *spec, const struct program_node *node,
               struct error *err)
{
	place_newest++;
	if (spec->credentials && !node->credentials)
		return error_set(err, ERR_SERVICE, "there is no place for credentials");
	if (spec->credentials) {
		p->credentials = mem_format("%s/%lu", node->credentials, place_newest);
		if (credentials_make(p->credentials, spec, err)) {
			free(p->credentials);
			p->credentials = NULL;
			return -1;
		}
	}
	if (node->group)
		place_make_group(p, spec, node);
	return 0;
}

int place_door(const struct place *p)
{
	return p->group ? control_group_door(p->group) : -1;
}

void place_kill(const struct place *p)
{
	if (p->group)
		control_group_kill(p->group);
}

void place_leave(struct place *p)
{
	if (p->credentials)
		remove_all(p->credentials, NULL);
	if (p->group) {
		place_kill(p);
		place_group_leave(p->group);
		place_groups_look();
	}
	free(p->credentials);
	*p = (struct place){0};
}
