/* Owns the list of groups that have to become empty. Invariant: while there is one, the timer runs.
 */
#include "controller/process/remains.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/control_group.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "base/remove.h"
#include "loop/timer.h"

/* A killed process leaves its group when it is its turn to run. */
#define AGAIN_MS 50
#define WAIT_MS  5

struct ending {
	char *group;
	struct ending *prev; /* utlist */
	struct ending *next;
};

struct remains {
	struct remains_config config;
	struct ending *endings;
	struct timer again;
};

char *remains_group(const struct remains *r, uint32_t incarnation)
{
	return r->config.groups ? mem_format("%s%x", r->config.groups, incarnation) : NULL;
}

char *remains_credentials(const struct remains *r, uint32_t incarnation)
{
	return r->config.credentials ? mem_format("%s/%x", r->config.credentials, incarnation)
	                             : NULL;
}

/* true: nothing more can be done. */
static bool group_is_over(const char *group)
{
	control_group_kill(group);
	return control_group_remove(group) == 0 || errno != EBUSY;
}

static void remains_look(void *arg)
{
	struct remains *r = arg;
	struct ending *e;
	struct ending *next;

	DL_FOREACH_SAFE (r->endings, e, next) {
		if (!group_is_over(e->group))
			continue;
		DL_DELETE(r->endings, e);
		free(e->group);
		free(e);
	}
	if (r->endings)
		timer_start(&r->again, AGAIN_MS);
}

void remains_end(struct remains *r, uint32_t incarnation)
{
	cleanup_free char *credentials = remains_credentials(r, incarnation);
	cleanup_free char *group = remains_group(r, incarnation);
	struct ending *e;
	struct error err;

	if (credentials && remove_all(credentials, &err))
		log_warn("remains", "%s", err.text);
	if (!group || group_is_over(group))
		return;
	e = mem_new(sizeof *e);
	e->group = mem_string(group);
	DL_APPEND(r->endings, e);
	if (!timer_runs(&r->again))
		timer_start(&r->again, AGAIN_MS);
}

/* Is it the name of a life whose worker is no more? */
static bool is_over(const struct remains *r, const char *name, uint32_t *incarnation)
{
	char *end;
	unsigned long number = strtoul(name, &end, 16);
	pid_t holder;

	if (!number || *end || number > UINT32_MAX)
		return false;
	*incarnation = (uint32_t)number;
	return lock_look(r->config.lives, *incarnation, &holder) == LOCK_FREE;
}

/* Of the entries of a directory that begin so. */
static void sweep_directory(struct remains *r, const char *path, const char *prefix)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	uint32_t incarnation;
	size_t n = strlen(prefix);

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, n) == 0 &&
		    is_over(r, entry->d_name + n, &incarnation))
			remains_end(r, incarnation);
	if (dir)
		closedir(dir);
}

static void remains_sweep(struct remains *r)
{
	const char *slash = r->config.groups ? strrchr(r->config.groups, '/') : NULL;
	cleanup_free char *root =
	    slash ? mem_copy(r->config.groups, (size_t)(slash - r->config.groups)) : NULL;

	if (r->config.credentials)
		sweep_directory(r, r->config.credentials, "");
	if (root)
		sweep_directory(r, root, slash + 1);
}

struct remains *remains_new(struct ev_loop *loop, const struct remains_config *config)
{
	struct remains *r = mem_new(sizeof *r);

	r->config = *config;
	timer_init(&r->again, loop, remains_look, r);
	remains_sweep(r);
	return r;
}

void remains_free(struct remains *r, int64_t limit_ms)
{
	int64_t until = clock_ms() + limit_ms;

	if (!r)
		return;
	remains_sweep(r);
	while (r->endings && clock_ms() < until) {
		poll(NULL, 0, WAIT_MS);
		remains_look(r);
	}
	timer_stop(&r->again);
	while (r->endings) {
		struct ending *e = r->endings;
		log_fact(LOG_LEVEL_ERROR, FACT_LEFT_BEHIND, NULL, "end",
		         "left behind: processes in %s do not end", e->group);
		DL_DELETE(r->endings, e);
		free(e->group);
		free(e);
	}
	if (r->config.credentials)
		rmdir(r->config.credentials);
	free(r);
}
