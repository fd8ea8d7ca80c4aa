/* Owns STATE/restore, where all is written; with the name STATE/restored it is whole, and on its
 * way to its place. */
#include "backup/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/archive.h"
#include "backup/stage.h"
#include "base/mem.h"
#include "base/remove.h"

#define ASIDE "restore"
#define WHOLE "restored"
/* What is moved, in this order. */
static const char *const restore_parts[] = {"nodes", "registry.db-mark", "registry.db"};

struct restore {
	const struct restore_config *config;
	struct restore_result *result;
	struct archive *archive;
	int aside; /* the directory */
	uid_t uid; /* of the state directory when it was backed up, and of this one */
	gid_t gid;
	struct stat here;
	bool root;
};

/* Nothing that leads out of the directory, and nothing but what a backup has. */
static bool restore_is_name(const char *name)
{
	const char *part = name;

	if (strcmp(name, "registry.db") == 0 || strcmp(name, "registry.db-mark") == 0 ||
	    strcmp(name, "nodes") == 0)
		return true;
	if (strncmp(name, "nodes/", 6) != 0)
		return false;
	for (;;) {
		size_t n = strcspn(part, "/");
		if (n == 0 || (n == 1 && part[0] == '.') ||
		    (n == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		if (!part[n])
			return true;
		part += n + 1;
	}
}

/* The directory of that name's last part: each part on the way is a directory that was made here.
 * -1 with errno. */
static int restore_above(const struct restore *r, const char *name)
{
	int dir = dup(r->aside);
	const char *slash;

	while (dir >= 0 && (slash = strchr(name, '/'))) {
		cleanup_free char *part = mem_copy(name, (size_t)(slash - name));
		int next = openat(dir, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(dir);
		dir = next;
		name = slash + 1;
	}
	return dir;
}

static int restore_own(const struct restore *r, int dir, const char *last,
                       const struct archive_entry *e)
{
	if (!r->root)
		return 0;
	return fchownat(dir, last, e->uid == r->uid ? r->here.st_uid : e->uid,
	                e->gid == r->gid ? r->here.st_gid : e->gid, AT_SYMLINK_NOFOLLOW);
}

static int restore_file(struct restore *r, int dir, const char *last, const struct archive_entry *e,
                        struct error *err)
{
	cleanup_close int fd =
	    openat(dir, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	const struct timespec times[2] = {{.tv_sec = e->mtime}, {.tv_sec = e->mtime}};

	if (fd < 0)
		return error_set(err, ERR_INTERNAL, "%s: %s", e->name, strerror(errno));
	if (archive_extract(r->archive, e->name, fd, err))
		return -1;
	/* A change of the owner takes bits of the mode away. */
	if (restore_own(r, dir, last, e) || fchmod(fd, e->mode & 0777) || futimens(fd, times))
		return error_set(err, ERR_INTERNAL, "%s: %s", e->name, strerror(errno));
	r->result->files++;
	r->result->bytes += e->size;
	return 0;
}

static int restore_entry(void *arg, const struct archive_entry *e, struct error *err)
{
	struct restore *r = arg;
	const char *slash = strrchr(e->name, '/');
	const char *last = slash ? slash + 1 : e->name;
	cleanup_close int dir = -1;
	int failed = -1;

	if (!restore_is_name(e->name))
		return error_set(err, ERR_PARAMS, "%s has an entry '%s', which no backup has",
		                 r->config->file, e->name);
	dir = restore_above(r, e->name);
	if (dir < 0)
		return error_set(err, ERR_PARAMS, "%s: '%s' is not in a directory of it: %s",
		                 r->config->file, e->name, strerror(errno));
	if (S_ISREG(e->mode))
		return restore_file(r, dir, last, e, err);
	if (S_ISDIR(e->mode))
		/* What is in it is yet to come. */
		failed = mkdirat(dir, last, 0700) || restore_own(r, dir, last, e) ||
		         fchmodat(dir, last, (e->mode & 0777) | 0700, 0);
	else if (S_ISLNK(e->mode) && e->link)
		failed = symlinkat(e->link, dir, last) || restore_own(r, dir, last, e);
	else
		errno = EINVAL;
	return failed ? error_set(err, ERR_INTERNAL, "%s: %s", e->name, strerror(errno)) : 0;
}

static int restore_take_row(void *arg, struct store_text name, struct store_text value,
                            struct error *err)
{
	struct restore *r = arg;

	(void)value;
	(void)err;
	if (name.size && name.bytes[0] >= '0' && name.bytes[0] <= '9')
		r->result->nodes++;
	return 0;
}

/* A copy of the registry is good, so that the registry stays as it was. What nodes have was looked
 * at by the backup, and is again when they start. */
static int restore_check(struct restore *r, const char *path, struct error *err)
{
	cleanup_free char *dir = mem_format("%s/check", path);
	struct stage *stage;
	struct staged staged;
	int rc;

	if (mkdir(dir, 0700))
		return error_set(err, ERR_INTERNAL, "%s: %s", dir, strerror(errno));
	stage = stage_new(dir);
	rc = stage_copy(stage, r->aside, path, "registry.db", restore_take_row, r, &staged, err);
	if (rc && err->code == ERR_NOT_FOUND)
		error_set(err, ERR_PARAMS, "%s has no registry", r->config->file);
	if (rc == 0 && !staged.store)
		rc = error_set(err, ERR_PARAMS, "%s: its registry.db is no registry",
		               r->config->file);
	stage_free(stage);
	rmdir(dir);
	return rc;
}

static bool restore_has(const struct restore_config *config, const char *name)
{
	struct stat st;

	return fstatat(config->state, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Is there a tree? */
static int restore_check_empty(const struct restore_config *config, struct error *err)
{
	const struct dirent *entry;
	int fd = openat(config->state, "nodes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool empty = true;

	while (d && empty && (entry = readdir(d)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (d)
		closedir(d);
	else
		mem_cleanup_close(&fd);
	if (empty && !restore_has(config, "registry.db"))
		return 0;
	return error_set(err, ERR_ALREADY_EXISTS,
	                 "the state directory %s has a tree; a backup is restored into an empty "
	                 "one: move this one away",
	                 config->state_dir);
}

/* What is whole, to its place. Each part is moved or was before. */
static int restore_move(const struct restore_config *config, struct error *err)
{
	cleanup_close int whole =
	    openat(config->state, WHOLE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	unlinkat(config->state, "nodes", AT_REMOVEDIR); /* if it is empty */
	for (size_t i = 0; i < ARRAY_SIZE(restore_parts); i++) {
		const char *part = restore_parts[i];
		struct stat st;
		if (fstatat(whole, part, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (renameat2(whole, part, config->state, part, RENAME_NOREPLACE))
			return error_set(err, ERR_INTERNAL, "%s/%s: %s", config->state_dir, part,
			                 strerror(errno));
		if (fsync(config->state))
			return error_set(err, ERR_INTERNAL, "%s: %s", config->state_dir,
			                 strerror(errno));
	}
	unlinkat(config->state, WHOLE, AT_REMOVEDIR);
	return 0;
}

/* The end of a restore that was cut off. */
static int restore_go_on(const struct restore_config *config, struct error *err)
{
	if (restore_move(config, err))
		return -1;
	return error_set(err, ERR_ALREADY_EXISTS,
	                 "an earlier restore into %s was cut off; what it had read is in its place "
	                 "now",
	                 config->state_dir);
}

static int restore_write(struct restore *r, const char *path, struct error *err)
{
	const struct restore_config *config = r->config;

	if (remove_all(path, err))
		return -1;
	if (mkdirat(config->state, ASIDE, 0700))
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	r->aside = openat(config->state, ASIDE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r->aside < 0)
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (archive_each(r->archive, restore_entry, r, err) || restore_check(r, path, err))
		return -1;
	if (syncfs(r->aside) || renameat(config->state, ASIDE, config->state, WHOLE) ||
	    fsync(config->state))
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	return 0;
}

int restore_run(const struct restore_config *config, struct restore_result *result,
                struct error *err)
{
	struct restore r = {
	    .config = config, .result = result, .aside = -1, .root = geteuid() == 0};
	cleanup_free char *path = mem_format("%s/" ASIDE, config->state_dir);
	int rc = -1;

	*result = (struct restore_result){0};
	if (restore_has(config, WHOLE))
		return restore_go_on(config, err);
	if (restore_check_empty(config, err))
		return -1;
	if (fstat(config->state, &r.here))
		return error_set(err, ERR_INTERNAL, "%s: %s", config->state_dir, strerror(errno));
	r.archive = archive_open(config->file, err);
	if (r.archive) {
		r.uid = (uid_t)archive_fact(r.archive, "uid");
		r.gid = (gid_t)archive_fact(r.archive, "gid");
		rc = restore_write(&r, path, err);
	}
	archive_free(r.archive);
	mem_cleanup_close(&r.aside);
	if (rc) {
		remove_all(path, NULL);
		return -1;
	}
	return restore_move(config, err);
}
