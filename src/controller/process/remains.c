/* Owns nothing but its copies of paths. */
#include "controller/process/remains.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/remove.h"

struct remains {
	struct remains_config config;
};

char *remains_credentials(const struct remains *r, uint32_t incarnation)
{
	return r->config.credentials ? mem_format("%s/%x", r->config.credentials, incarnation)
	                             : NULL;
}

void remains_end(struct remains *r, uint32_t incarnation)
{
	cleanup_free char *credentials = remains_credentials(r, incarnation);
	struct error err;

	if (credentials && remove_all(credentials, &err))
		log_warn("remains", "%s", err.text);
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

static void remains_sweep(struct remains *r)
{
	DIR *dir = r->config.credentials ? opendir(r->config.credentials) : NULL;
	const struct dirent *entry;
	uint32_t incarnation;

	while (dir && (entry = readdir(dir)))
		if (is_over(r, entry->d_name, &incarnation))
			remains_end(r, incarnation);
	if (dir)
		closedir(dir);
}

struct remains *remains_new(struct ev_loop *loop, const struct remains_config *config)
{
	struct remains *r = mem_new(sizeof *r);

	(void)loop;
	r->config = *config;
	remains_sweep(r);
	return r;
}

void remains_free(struct remains *r)
{
	if (!r)
		return;
	remains_sweep(r);
	if (r->config.credentials)
		rmdir(r->config.credentials);
	free(r);
}
