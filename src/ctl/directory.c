/* Makes, locks and removes a private tree's directory, and removes those that crashed programs
 * left. */
#include "ctl/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define PREFIX  "dtree-"
#define RANDOM  "XXXXXX"
#define OPENING (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The longest path of a Unix socket (unix(7)). */
#define SOCKET_PATH_MAX 107
/* A directory gets this mode once it is locked. The sticky bit, which has no other meaning here,
 * marks directories of this program: one with the bit and without a lock was left by a crash. */
#define MODE_LOCKED 01700
/* A directory is empty until it is locked; one that is younger than this is not removed. */
#define SWEEP_AGE_S 10
/* A tree's directory is two levels deep; a deeper one is not of this program and stays. */
#define REMOVE_DEPTH 8

static void remove_at(int base, const char *name, int depth);

static bool dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Removes the content of a directory; closes the descriptor. */
static void directory_empty(int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (!dot(entry->d_name))
			remove_at(dirfd(dir), entry->d_name, depth - 1);
	closedir(dir);
}

static void remove_at(int base, const char *name, int depth)
{
	int fd;

	if (unlinkat(base, name, 0) == 0 || depth == 0)
		return;
	fd = openat(base, name, OPENING);
	if (fd < 0)
		return;
	directory_empty(fd, depth);
	unlinkat(base, name, AT_REMOVEDIR);
}

static bool old_enough(const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec - st->st_ctim.tv_sec > SWEEP_AGE_S;
}

static void sweep_one(int base, const char *name)
{
	struct stat st;
	cleanup_close int fd = -1;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || strlen(name) != strlen(PREFIX RANDOM))
		return;
	fd = openat(base, name, OPENING);
	if (fd < 0 || fstat(fd, &st) || st.st_uid != geteuid())
		return;
	if ((st.st_mode & 07777) == MODE_LOCKED && flock(fd, LOCK_EX | LOCK_NB) == 0)
		remove_at(base, name, REMOVE_DEPTH);
	else if ((st.st_mode & 07777) != MODE_LOCKED && old_enough(&st))
		unlinkat(base, name, AT_REMOVEDIR);
}

static void sweep(int base)
{
	int fd = openat(base, ".", OPENING);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		sweep_one(base, entry->d_name);
	closedir(dir);
}

static int make_in(struct directory *d, const char *base, size_t room)
{
	cleanup_close int base_fd = -1;
	cleanup_free char *path = NULL;

	if (!base || base[0] != '/' ||
	    strlen(base) + strlen("/" PREFIX RANDOM "/") + room > SOCKET_PATH_MAX)
		return -1;
	base_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base_fd < 0)
		return -1;
	sweep(base_fd);
	path = mem_format("%s/" PREFIX RANDOM, base);
	if (!mkdtemp(path))
		return -1;
	d->fd = open(path, OPENING);
	if (d->fd < 0 || flock(d->fd, LOCK_EX | LOCK_NB) || fchmod(d->fd, MODE_LOCKED)) {
		if (d->fd >= 0)
			close(d->fd);
		rmdir(path);
		return -1;
	}
	d->path = path;
	d->base = base_fd;
	path = NULL;
	base_fd = -1;
	return 0;
}

int directory_make(struct directory *d, size_t room, struct error *err)
{
	const char *bases[] = {getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp"};

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (make_in(d, bases[i], room) == 0)
			return 0;
	return error_set(err, ERR_INTERNAL,
	                 "no room for a directory in $XDG_RUNTIME_DIR, $TMPDIR or /tmp: %s",
	                 strerror(errno));
}

void directory_remove(struct directory *d)
{
	remove_at(d->base, strrchr(d->path, '/') + 1, REMOVE_DEPTH);
	close(d->fd);
	close(d->base);
	free(d->path);
	*d = (struct directory){.base = -1, .fd = -1};
}
