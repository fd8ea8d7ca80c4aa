/*
 * The directories and their lock. Invariant: nothing below the runtime directory is touched before
 * the lock is held, and nothing is after it was let go.
 */
#include "daemon/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/remove.h"
#include "daemon/setting.h"

#define LOCK_NAME "dtreed.lock"

struct runtime {
	char *dir;
	char *lock;  /* the lock's file */
	char *links; /* the directory of the links */
	int lock_fd;
	bool remove;
};

/* Ours, and nobody else writes there? `apart` are the permission bits that must be off. */
static int check_dir(const char *what, const char *dir, mode_t apart, struct error *err)
{
	struct stat st;

	if (stat(dir, &st))
		return error_set(err, ERR_INTERNAL, "%s directory %s: %s", what, dir,
		                 strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ERR_INTERNAL, "%s directory %s: %s", what, dir,
		                 strerror(ENOTDIR));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error_set(err, ERR_INTERNAL, "%s directory %s belongs to user %u", what, dir,
		                 st.st_uid);
	if (st.st_mode & apart)
		return error_set(err, ERR_INTERNAL, "%s directory %s is open to others (mode %04o)",
		                 what, dir, st.st_mode & 07777);
	return 0;
}

static int make_dir(const char *what, const char *dir, mode_t mode, struct error *err)
{
	if (mkdir(dir, mode) == 0) {
		/* The umask is stricter than what clients of our group need. */
		if (chmod(dir, mode) == 0)
			return 0;
	} else if (errno == EEXIST) {
		return 0;
	}
	return error_set(err, ERR_INTERNAL, "cannot create %s directory %s: %s", what, dir,
	                 strerror(errno));
}

static int make_parents(const char *what, const char *dir, struct error *err)
{
	cleanup_free char *path = mem_string(dir);

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_dir(what, path, 0700, err))
			return -1;
		*slash = '/';
	}
	return 0;
}

/* What is to be removed as a whole was made for this: nothing but a few files is in it yet. */
static int check_fresh(const char *dir, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int result = 0;

	if (!d)
		return error_set(err, ERR_INTERNAL, "runtime directory %s: %s", dir,
		                 strerror(errno));
	while (!result && (entry = readdir(d)))
		if (entry->d_type != DT_REG && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			result = error_set(err, ERR_INTERNAL,
			                   "runtime directory %s is not a fresh one: it has %s",
			                   dir, entry->d_name);
	closedir(d);
	return result;
}

static int refuse_locked(const struct runtime *r, struct error *err)
{
	char text[24] = "";
	ssize_t n = pread(r->lock_fd, text, sizeof text, 0);
	size_t digits = n > 0 ? strspn(text, "0123456789") : 0;
	int64_t pid = 0;

	/* Whoever has the lock may not have written its number yet. */
	if (digits < sizeof text && parse_int64(text, digits, &pid) == 0)
		return error_set(err, ERR_INTERNAL, "%s is in use by dtreed, process %lld", r->dir,
		                 (long long)pid);
	return error_set(err, ERR_INTERNAL, "%s is in use by another dtreed", r->dir);
}

/* Is the locked file still the one of that name, or did its former owner remove it? */
static bool lock_is_current(const struct runtime *r)
{
	struct stat ours, named;

	return fstat(r->lock_fd, &ours) == 0 && lstat(r->lock, &named) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int take_lock(struct runtime *r, struct error *err)
{
	do {
		mem_cleanup_close(&r->lock_fd);
		r->lock_fd = open(r->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (r->lock_fd < 0)
			return error_set(err, ERR_INTERNAL, "cannot open %s: %s", r->lock,
			                 strerror(errno));
		if (flock(r->lock_fd, LOCK_EX | LOCK_NB)) {
			if (errno == EWOULDBLOCK)
				refuse_locked(r, err);
			else
				error_set(err, ERR_INTERNAL, "cannot lock %s: %s", r->lock,
				          strerror(errno));
			/* From here on it is not ours to remove. */
			close(r->lock_fd);
			r->lock_fd = -1;
			return -1;
		}
	} while (!lock_is_current(r));
	if (ftruncate(r->lock_fd, 0) || dprintf(r->lock_fd, "%d\n", (int)getpid()) < 0)
		return error_set(err, ERR_INTERNAL, "cannot write %s: %s", r->lock,
		                 strerror(errno));
	return 0;
}

/* What is in it may belong to workers that live: it is the controller's to remove. */
static int make_links(const struct runtime *r, struct error *err)
{
	if (mkdir(r->links, 0700) && errno != EEXIST)
		return error_set(err, ERR_INTERNAL, "cannot create %s: %s", r->links,
		                 strerror(errno));
	return 0;
}

static int make_state(const char *dir, struct error *err)
{
	if (make_parents("state", dir, err) || make_dir("state", dir, 0700, err) ||
	    check_dir("state", dir, S_IWGRP | S_IWOTH, err))
		return -1;
	if (access(dir, W_OK | X_OK))
		return error_set(err, ERR_INTERNAL, "state directory %s: %s", dir, strerror(errno));
	return 0;
}

struct runtime *runtime_new(const struct runtime_config *config, struct error *err)
{
	struct runtime *r = mem_new(sizeof *r);
	bool remove = config->remove;

	r->lock_fd = -1;
	r->dir = mem_string(config->runtime_dir);
	r->lock = mem_format("%s/" LOCK_NAME, r->dir);
	r->links = mem_format("%s/" LINKS_NAME, r->dir);
	if (make_dir("runtime", r->dir, remove ? 0700 : 0750, err) ||
	    check_dir("runtime", r->dir, remove ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH, err) ||
	    (remove && check_fresh(r->dir, err)) || take_lock(r, err))
		goto fail;
	r->remove = remove;
	if (make_links(r, err) || make_state(config->state_dir, err))
		goto fail;
	return r;
fail:
	runtime_free(r);
	return NULL;
}

void runtime_free(struct runtime *r)
{
	if (!r)
		return;
	if (r->lock_fd >= 0) {
		/* Nobody is left to hear of an error; what stays is for the next start. */
		rmdir(r->links);
		if (r->remove)
			remove_all(r->dir, NULL);
		else
			unlink(r->lock);
		close(r->lock_fd);
	}
	free(r->links);
	free(r->lock);
	free(r->dir);
	free(r);
}

const char *runtime_links(const struct runtime *r)
{
	return r->links;
}
