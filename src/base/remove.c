/*
 * Removing a directory, bottom up, by descriptors and without following links. Not by fts(3), which
 * crashes where it gets no memory.
 */
#include "base/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Far deeper than anything that is made here; each level has a descriptor. */
#define DEPTH_MAX 200

struct removal {
	dev_t device; /* other file systems are not entered */
	const char *path;
	int result;
	struct error *err;
};

static int remove_entry(struct removal *r, int above, const char *name, int depth);

static int complain(struct removal *r, const char *name, int why)
{
	if (r->result == 0)
		r->result = error_set(r->err, ERR_INTERNAL, "cannot remove %s, '%s': %s", r->path,
		                      name, strerror(why));
	return -1;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Empties the directory, and closes fd. */
static int remove_empty_directory(struct removal *r, int fd, const char *name, int depth)
{
	DIR *d = fdopendir(fd);
	const struct dirent *entry;
	int rc = 0;
	int why;

	if (!d) {
		why = errno;
		close(fd);
		return complain(r, name, why);
	}
	for (errno = 0; (entry = readdir(d)); errno = 0)
		if (!is_dots(entry->d_name) && remove_entry(r, fd, entry->d_name, depth + 1))
			rc = -1;
	why = errno;
	closedir(d);
	return why ? complain(r, name, why) : rc;
}

static int remove_directory(struct removal *r, int above, const char *name, int depth)
{
	int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno != EACCES)
		return errno == ENOENT ? 0 : complain(r, name, errno);
	/* A directory that cannot be read may be empty: then it can be removed all the same. */
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == r->device && depth < DEPTH_MAX) {
		/* Its owner may have made it so that nothing can be removed from it. */
		if ((st.st_mode & S_IRWXU) != S_IRWXU)
			fchmod(fd, (st.st_mode & 07777) | S_IRWXU);
		if (remove_empty_directory(r, fd, name, depth))
			return -1;
	} else if (fd >= 0) {
		close(fd);
	}
	return unlinkat(above, name, AT_REMOVEDIR) && errno != ENOENT ? complain(r, name, errno)
	                                                              : 0;
}

static int remove_entry(struct removal *r, int above, const char *name, int depth)
{
	if (unlinkat(above, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR || errno == EPERM)
		return remove_directory(r, above, name, depth);
	return complain(r, name, errno);
}

int remove_all(const char *path, struct error *err)
{
	struct removal r = {.path = path, .err = err};
	struct stat st;

	if (lstat(path, &st)) {
		if (errno != ENOENT)
			complain(&r, path, errno);
		return r.result;
	}
	r.device = st.st_dev;
	remove_entry(&r, AT_FDCWD, path, 0);
	return r.result;
}
