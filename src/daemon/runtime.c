/*
 * The directories and their locks. Invariant: nothing below a directory is read or changed without
 * its lock.
 */
#include "daemon/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"
#include "base/resolve.h"
#include "daemon/lockfile.h"
#include "daemon/setting.h"

#define RUNTIME          "runtime directory"
#define STATE            "state directory"
#define LOCK_NAME        "dtreed.lock"
#define CREDENTIALS_NAME "credentials"
#define OTHERS_WRITE     (S_IWGRP | S_IWOTH)

struct runtime {
	struct resolved dir;
	struct resolved state;
	struct lockfile lock;
	struct lockfile lives; /* the state directory's */
	char *links;           /* the directory of the links */
	char *logs;            /* that of the nodes' own logs */
	char *credentials;
	char *lives_path;
	bool remove;
};

/* A directory that will be removed as a whole must have been made for this: it may hold only a few
 * files yet. */
static int check_fresh(const struct resolved *dir, struct error *err)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (!d) {
		error_set(err, ERR_INTERNAL, RUNTIME " %s: %s", dir->path, strerror(errno));
		mem_cleanup_close(&fd);
		return -1;
	}
	while (!result && (entry = readdir(d)))
		if (entry->d_type != DT_REG && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			result = error_set(err, ERR_INTERNAL,
			                   RUNTIME " %s is not a fresh one: it has %s", dir->path,
			                   entry->d_name);
	closedir(d);
	return result;
}

static int lock(struct lockfile *l, const struct resolved *dir, const char *name, const char *what,
                struct error *err)
{
	cleanup_free char *where = mem_format("%s %s", what, dir->path);

	return lockfile_take(l, dir->fd, name, where, err);
}

/* The path may contain a link, and be shorter than the resolved one. */
static int check_length(const struct runtime_config *config, const struct resolved *dir,
                        struct error *err)
{
	size_t n = strlen(dir->path);

	if (n <= RUNTIME_DIR_MAX)
		return 0;
	return error_set(err, ERR_INTERNAL,
	                 RUNTIME " %s: its path %s has %zu bytes; at most %d fit",
	                 config->runtime_dir, dir->path, n, RUNTIME_DIR_MAX);
}

static int take_runtime(struct runtime *r, const struct runtime_config *config, struct error *err)
{
	if (resolve_directory(&r->dir, RUNTIME, config->runtime_dir, RESOLVE_MAKE,
	                      config->remove ? 0700 : 0755, err) ||
	    resolved_check(&r->dir, RUNTIME, config->remove ? S_IRWXG | S_IRWXO : OTHERS_WRITE,
	                   err) ||
	    check_length(config, &r->dir, err) || (config->remove && check_fresh(&r->dir, err)) ||
	    lock(&r->lock, &r->dir, LOCK_NAME, RUNTIME, err))
		return -1;
	r->remove = config->remove;
	r->links = mem_format("%s/" LINKS_NAME, r->dir.path);
	r->logs = mem_format("%s/" LOGS_NAME, r->dir.path);
	r->credentials = mem_format("%s/" CREDENTIALS_NAME, r->dir.path);
	return 0;
}

/* Files in it may belong to living workers: the controller removes them. */
static int make_below(const struct runtime *r, char *path, struct error *err)
{
	cleanup_close int fd = -1;
	struct resolved made = {.path = path};
	const char *name = strrchr(path, '/') + 1;

	if (mkdirat(r->dir.fd, name, 0700) && errno != EEXIST)
		return error_set(err, ERR_INTERNAL, "cannot create %s: %s", path, strerror(errno));
	fd = openat(r->dir.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, ERR_INTERNAL, "%s: %s", path,
		                 errno == ELOOP || errno == ENOTDIR ? "it is no directory"
		                                                    : strerror(errno));
	made.fd = fd;
	return resolved_check(&made, "directory", OTHERS_WRITE, err);
}

static int make_directories(const struct runtime *r, struct error *err)
{
	return make_below(r, r->links, err) || make_below(r, r->logs, err) ? -1 : 0;
}

static int take_state(struct runtime *r, const char *path, struct error *err)
{
	if (resolve_directory(&r->state, STATE, path, RESOLVE_MAKE_ALL, 0700, err) ||
	    resolved_check(&r->state, STATE, OTHERS_WRITE, err))
		return -1;
	if (faccessat(r->state.fd, ".", W_OK | X_OK, AT_EACCESS))
		return error_set(err, ERR_INTERNAL, STATE " %s: %s", path, strerror(errno));
	r->lives_path = mem_format("%s/" RUNTIME_LIVES, r->state.path);
	return lock(&r->lives, &r->state, RUNTIME_LIVES, STATE, err);
}

struct runtime *runtime_new(const struct runtime_config *config, struct error *err)
{
	struct runtime *r = mem_new(sizeof *r);

	r->lock.fd = r->lives.fd = -1;
	if (take_runtime(r, config, err) || make_directories(r, err) ||
	    take_state(r, config->state_dir, err)) {
		runtime_free(r);
		return NULL;
	}
	return r;
}

void runtime_free(struct runtime *r)
{
	if (!r)
		return;
	/* Errors are ignored: the next start removes what is left. The state directory's file is
	 * not removed: living workers hold their places in it. */
	lockfile_drop(&r->lives);
	if (r->lock.fd >= 0) {
		unlinkat(r->dir.fd, LINKS_NAME, AT_REMOVEDIR);
		/* What nodes said that are there again at the next start stays. */
		unlinkat(r->dir.fd, LOGS_NAME, AT_REMOVEDIR);
		if (r->remove)
			remove_all(r->dir.path, NULL);
		lockfile_remove(&r->lock);
	}
	resolved_free(&r->state);
	resolved_free(&r->dir);
	free(r->lives_path);
	free(r->links);
	free(r->logs);
	free(r->credentials);
	free(r);
}

static bool runtime_is_same(const char *path, int fd)
{
	struct stat named, ours;

	return lstat(path, &named) == 0 && fstat(fd, &ours) == 0 && named.st_dev == ours.st_dev &&
	       named.st_ino == ours.st_ino;
}

static bool lock_stands(const struct runtime *r)
{
	cleanup_free char *path = mem_format("%s/" LOCK_NAME, r->dir.path);

	return r->lock.fd >= 0 && runtime_is_same(path, r->lock.fd);
}

/* Locks the directory that has the name now, and gives up the former one. */
static int renew_dir(struct runtime *r, struct error *err)
{
	struct resolved dir;
	struct lockfile taken;
	mode_t apart = r->remove ? S_IRWXG | S_IRWXO : OTHERS_WRITE;

	if (resolve_directory(&dir, RUNTIME, r->dir.path, RESOLVE_MAKE, r->remove ? 0700 : 0750,
	                      err))
		return -1;
	if (resolved_check(&dir, RUNTIME, apart, err) ||
	    lock(&taken, &dir, LOCK_NAME, RUNTIME, err)) {
		resolved_free(&dir);
		return -1;
	}
	lockfile_drop(&r->lock);
	resolved_free(&r->dir);
	r->dir = dir;
	r->lock = taken;
	r->lock.dir = r->dir.fd;
	return 0;
}

int runtime_renew(struct runtime *r, struct error *err)
{
	bool gone = !runtime_is_same(r->dir.path, r->dir.fd) || !lock_stands(r);
	struct stat st;

	if (gone && renew_dir(r, err))
		return -1;
	if (!gone && lstat(r->links, &st) == 0 && lstat(r->logs, &st) == 0)
		return 0;
	return make_directories(r, err) ? -1 : 1;
}

const char *runtime_dir(const struct runtime *r)
{
	return r->dir.path;
}

const char *runtime_links(const struct runtime *r)
{
	return r->links;
}

const char *runtime_logs(const struct runtime *r)
{
	return r->logs;
}

const char *runtime_credentials(const struct runtime *r)
{
	return r->credentials;
}

pid_t runtime_former(const struct runtime *r)
{
	return r->lock.former;
}

const char *runtime_state(const struct runtime *r)
{
	return r->state.path;
}

const char *runtime_lives(const struct runtime *r)
{
	return r->lives_path;
}

int runtime_lives_fd(const struct runtime *r)
{
	return r->lives.fd;
}
