/* Owns the path and the list. Files are replaced whole, so that a worker reads the old one or the
 * new one. */
#include "daemon/service_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/remove.h"
#include "base/resolve.h"
#include "program/spec_file.h"

#define WHAT         "directory"
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

struct service_files {
	const struct declarations *declared; /* borrowed */
	char *dir;
	struct declared_service *list;
};

/* Behind the name of a file that is prepared; no name of a service has a dot. */
#define PREPARED ".new"
/* What exec takes where nobody said. */
#define ANY_USAGE "ARG..."

static char *file_path(const struct service_files *f, const char *name)
{
	return mem_format("%s/%s", f->dir, name);
}

static int make_dir(const struct service_files *f, struct error *err)
{
	struct resolved dir;
	int rc;

	if (resolve_directory(&dir, WHAT, f->dir, RESOLVE_MAKE, 0700, err))
		return -1;
	rc = resolved_check(&dir, WHAT, OTHERS_WRITE, err);
	resolved_free(&dir);
	return rc;
}

static bool is_there(const struct service_files *f, const char *name)
{
	cleanup_free char *path = file_path(f, name);
	struct stat st;

	return lstat(path, &st) == 0;
}

/* all: also those that are there. Gives how many were written, or -1. */
static int write_files(const struct service_files *f, bool all, struct error *err)
{
	int written = 0;

	if (make_dir(f, err))
		return -1;
	for (size_t i = 0; i < f->declared->count; i++) {
		const struct declaration *d = f->declared->items[i];
		cleanup_free char *path = file_path(f, d->name);
		if (!all && is_there(f, d->name))
			continue;
		if (spec_file_write(path, &d->spec, err))
			return -1;
		written++;
	}
	return written;
}

static void make_list(struct service_files *f)
{
	const struct declarations *d = f->declared;

	free(f->list);
	f->list = mem_new_array(d->count + 1, sizeof *f->list);
	for (size_t i = 0; i < d->count; i++) {
		const struct program_spec *s = &d->items[i]->spec;
		f->list[i] = (struct declared_service){.name = s->name,
		                                       .kind = program_spec_kind_name(s),
		                                       .summary = s->summary,
		                                       .usage = s->usage ? s->usage : ANY_USAGE,
		                                       .origin = s->origin};
	}
}

struct service_files *service_files_new(const char *runtime_dir, const struct declarations *d,
                                        struct error *err)
{
	struct service_files *f = mem_new(sizeof *f);

	f->declared = d;
	f->dir = mem_format("%s/" SERVICES_NAME, runtime_dir);
	make_list(f);
	if (d->count && write_files(f, true, err) < 0) {
		service_files_free(f, false);
		return NULL;
	}
	return f;
}

static char *prepared_path(const struct service_files *f, const char *name)
{
	return mem_format("%s/%s" PREPARED, f->dir, name);
}

int service_files_prepare(struct service_files *f, const struct declarations *fresh,
                          struct error *err)
{
	if (fresh->count && make_dir(f, err))
		return -1;
	for (size_t i = 0; i < fresh->count; i++) {
		cleanup_free char *path = prepared_path(f, fresh->items[i]->name);
		if (spec_file_make(path, &fresh->items[i]->spec, err) == 0)
			continue;
		while (i-- > 0) {
			cleanup_free char *made = prepared_path(f, fresh->items[i]->name);
			unlink(made);
		}
		return -1;
	}
	return 0;
}

void service_files_take(struct service_files *f, const struct declarations *others)
{
	make_list(f);
	for (size_t i = 0; i < f->declared->count; i++) {
		const struct declaration *now = f->declared->items[i];
		const struct declaration *was = declare_find(others, now->name);
		cleanup_free char *made = prepared_path(f, now->name);
		cleanup_free char *path = file_path(f, now->name);
		/* A node may have kept one that was not declared for a while. */
		f->list[i].anew = !was || !program_spec_runs_same(&was->spec, &now->spec);
		if (rename(made, path))
			log_error("files", "cannot move %s to %s: %s", made, path, strerror(errno));
	}
}

void service_files_free(struct service_files *f, bool remove)
{
	if (!f)
		return;
	if (remove)
		remove_all(f->dir, NULL);
	free(f->list);
	free(f->dir);
	free(f);
}

const char *service_files_dir(const struct service_files *f)
{
	return f->dir;
}

const struct declared_service *service_files_list(const struct service_files *f)
{
	return f->list;
}

int service_files_renew(struct service_files *f, struct error *err)
{
	int written = f->declared->count ? write_files(f, false, err) : 0;

	return written > 0 ? 1 : written;
}

void service_files_tidy(struct service_files *f, const struct controller *c)
{
	DIR *dir = opendir(f->dir);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = file_path(f, entry->d_name);
		if (*entry->d_name == '.' || declare_find(f->declared, entry->d_name) ||
		    controller_uses_service(c, entry->d_name))
			continue;
		if (unlink(path) && errno != ENOENT)
			log_warn("files", "cannot remove %s: %s", path, strerror(errno));
	}
	if (dir)
		closedir(dir);
	/* If nothing is left in it. */
	rmdir(f->dir);
}
