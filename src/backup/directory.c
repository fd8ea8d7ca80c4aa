/* Owns nothing: archive, stage and counts are the caller's. */
#include "backup/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#define DEPTH_MAX 100

static int directory_inside(struct directory_copy *c, int dir, const char *path, const char *name,
                            int depth, struct error *err);

static int directory_check_interrupted(const struct directory_copy *c, struct error *err)
{
	if (!c->interrupted())
		return 0;
	return error_set(err, ERR_CANCELLED, "interrupted");
}

struct archive_entry directory_entry(const char *name, const struct stat *st)
{
	return (struct archive_entry){.name = name,
	                              .mode = st->st_mode,
	                              .uid = st->st_uid,
	                              .gid = st->st_gid,
	                              .mtime = st->st_mtim.tv_sec,
	                              .size = st->st_size};
}

static int directory_add_file(struct directory_copy *c, const char *name, const struct stat *st,
                              int fd, struct error *err)
{
	const struct archive_entry entry = directory_entry(name, st);

	c->result->files++;
	c->result->bytes += st->st_size;
	return archive_add(c->archive, &entry, fd, err);
}

int directory_add_staged(struct directory_copy *c, const struct staged *staged, const char *name,
                         struct error *err)
{
	cleanup_free char *mark = mem_format("%s-mark", name);

	if (directory_add_file(c, name, &staged->st, staged->fd, err))
		return -1;
	return staged->store ? directory_add_file(c, mark, &staged->mark, staged->mark_fd, err) : 0;
}

/* path: of the directory, name: of the entry in the archive, whose last part is its name in the
 * directory. */
static int directory_file(struct directory_copy *c, int dir, const char *path, const char *name,
                          struct error *err)
{
	struct staged staged;

	if (stage_copy(c->stage, dir, path, strrchr(name, '/') + 1, NULL, NULL, &staged, err))
		return -1;
	return directory_add_staged(c, &staged, name, err);
}

static int directory_link(struct directory_copy *c, int dir, const char *name,
                          const struct stat *st, struct error *err)
{
	struct archive_entry entry = directory_entry(name, st);
	char to[4096];
	ssize_t n = readlinkat(dir, strrchr(name, '/') + 1, to, sizeof to - 1);

	if (n < 0)
		return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s: %s",
		                 name, strerror(errno));
	to[n] = '\0';
	entry.link = to;
	c->result->files++;
	return archive_add(c->archive, &entry, -1, err);
}

static int directory_one(struct directory_copy *c, int dir, const char *path, const char *name,
                         int depth, struct error *err)
{
	const char *last = strrchr(name, '/') + 1;
	struct error why;
	struct stat st;
	int result = 0;

	if (directory_check_interrupted(c, err))
		return -1;
	if (fstatat(dir, last, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT
		           ? 0
		           : error_set(err, ERR_INTERNAL, "%s/%s: %s", path, last, strerror(errno));
	if (!parse_utf8(last, strlen(last)))
		return error_set(err, ERR_INTERNAL, "%s has a file whose name is not UTF-8", path);
	if (S_ISREG(st.st_mode) && !stage_is_part(dir, last))
		result = directory_file(c, dir, path, name, &why);
	else if (S_ISLNK(st.st_mode))
		result = directory_link(c, dir, name, &st, &why);
	else if (S_ISDIR(st.st_mode) && st.st_dev == c->device)
		result = directory_inside(c, dir, path, name, depth + 1, &why);
	else if (!S_ISREG(st.st_mode))
		c->result->skipped++;
	if (result == 0 || why.code == ERR_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

/* name: of the directory in the archive; its last part is its name in `dir`. */
static int directory_inside(struct directory_copy *c, int dir, const char *path, const char *name,
                            int depth, struct error *err)
{
	const char *last = strrchr(name, '/') + 1;
	cleanup_free char *below = mem_format("%s/%s", path, last);
	int fd = openat(dir, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct archive_entry entry;
	struct dirent *found;
	struct stat st;
	int result = 0;

	if (!d || fstat(fd, &st)) {
		int why = errno;
		if (d)
			closedir(d);
		else
			mem_cleanup_close(&fd);
		return error_set(err, why == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s: %s", below,
		                 strerror(why));
	}
	entry = directory_entry(name, &st);
	if (depth > DEPTH_MAX)
		result = error_set(err, ERR_LIMIT, "%s is deeper than %d levels", below, DEPTH_MAX);
	else
		result = archive_add(c->archive, &entry, -1, err);
	errno = 0;
	while (result == 0 && (found = readdir(d))) {
		cleanup_free char *its = mem_format("%s/%s", name, found->d_name);
		if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
			result = directory_one(c, fd, below, its, depth, err);
		errno = 0;
	}
	if (result == 0 && errno)
		result = error_set(err, ERR_INTERNAL, "%s: %s", below, strerror(errno));
	closedir(d);
	return result;
}

int directory_add(struct directory_copy *c, int dir, const char *path, const char *name,
                  struct error *err)
{
	return directory_inside(c, dir, path, name, 1, err);
}
