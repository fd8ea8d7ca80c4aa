/*
 * Invariant: a file is removed only while its lock is held. So after locking a file, check that it
 * still has its name.
 */
#include "daemon/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"

/* The number in the file; 0: the holder of the lock may not have written it yet. */
static pid_t read_text(int fd)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof text, 0);
	size_t digits = n > 0 ? strspn(text, "0123456789") : 0;
	int64_t pid = 0;

	if (parse_range(text, digits, "pid", 1, INT32_MAX, &pid, NULL))
		return 0;
	return (pid_t)pid;
}

static int lockfile_refuse(int fd, const char *where, struct error *err)
{
	pid_t written = read_text(fd);
	pid_t pid;

	/* LOCK_FREE here means that a version before 0.2 holds it, by flock(2). */
	if (lock_look(fd, DAEMON_PLACE, &pid) == LOCK_FREE)
		pid = written;
	if (pid)
		return error_set(err, ERR_INTERNAL, "%s is in use by dtreed, process %d", where,
		                 (int)pid);
	if (written)
		return error_set(err, ERR_INTERNAL,
		                 "%s is in use by dtreed, process %d where that one runs", where,
		                 (int)written);
	return error_set(err, ERR_INTERNAL, "%s is in use by another dtreed", where);
}

static bool is_current(const struct lockfile *l)
{
	struct stat ours, named;

	return fstat(l->fd, &ours) == 0 &&
	       fstatat(l->dir, l->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int open_file(struct lockfile *l, const char *where, struct error *err)
{
	struct stat st;

	l->fd =
	    openat(l->dir, l->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (l->fd < 0 || fstat(l->fd, &st))
		return error_set(err, ERR_INTERNAL, "cannot open %s in %s: %s", l->name, where,
		                 strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INTERNAL, "%s in %s is no file", l->name, where);
	return 0;
}

/* Versions before 0.2 lock the whole file with flock(2). This version only tests that lock, because
 * a child between fork and exec would inherit it. */
static bool is_of_old(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK;
	flock(fd, LOCK_UN);
	return false;
}

static int lockfile_try(struct lockfile *l, const char *where, struct error *err)
{
	if (open_file(l, where, err))
		return -1;
	if (lock_take(l->fd, DAEMON_PLACE) == 0)
		return is_of_old(l->fd) ? lockfile_refuse(l->fd, where, err) : 0;
	if (errno == EAGAIN)
		return lockfile_refuse(l->fd, where, err);
	return error_set(err, ERR_INTERNAL, "cannot lock %s in %s: %s", l->name, where,
	                 strerror(errno));
}

/* The number is for people: on a full disk it is left out. */
static void write_text(const struct lockfile *l, const char *where)
{
	if (ftruncate(l->fd, 0) || dprintf(l->fd, "%d\n", (int)getpid()) < 0)
		log_debug("start", "cannot write %s in %s: %s", l->name, where, strerror(errno));
}

int lockfile_take(struct lockfile *l, int dir, const char *name, const char *where,
                  struct error *err)
{
	*l = (struct lockfile){.dir = dir, .name = name, .fd = -1};
	do {
		lockfile_drop(l);
		if (lockfile_try(l, where, err)) {
			lockfile_drop(l);
			return -1;
		}
	} while (!is_current(l));
	l->former = read_text(l->fd);
	write_text(l, where);
	return 0;
}

void lockfile_remove(struct lockfile *l)
{
	if (l->fd >= 0)
		unlinkat(l->dir, l->name, 0);
	lockfile_drop(l);
}

void lockfile_drop(struct lockfile *l)
{
	mem_cleanup_close(&l->fd);
	l->fd = -1;
}
