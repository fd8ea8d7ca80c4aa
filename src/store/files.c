/*
 * Owns the descriptor of the mark. Invariants: the database has its name only after it was
 * complete; no file that may hold data is removed or overwritten.
 */
#include "store/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log_fact.h"
#include "base/mem.h"

#define ASIDE ".damaged-"

/* The files of a database; the database itself is removed last. */
static const char *const suffixes[] = {"-wal", "-mark", ""};

struct mark {
	uint64_t commits;
	uint64_t check; /* ~commits */
};

void files_init(struct files *f, const struct store_kind *kind, const char *dir, bool sync)
{
	f->kind = kind;
	f->dir = mem_string(dir);
	f->path = mem_format("%s/%s", dir, kind->file);
	f->sync = sync;
	f->mark = -1;
}

void files_free(struct files *f)
{
	mem_cleanup_close(&f->mark);
	free(f->path);
	free(f->dir);
}

/* *there is false only after ENOENT. -1: it cannot be told now. */
static int files_look(const char *path, const char *suffix, bool *there, struct error *err)
{
	cleanup_free char *name = mem_format("%s%s", path, suffix);
	struct stat st;

	*there = lstat(name, &st) == 0;
	if (*there || errno == ENOENT)
		return 0;
	return error_set(err, ERR_SERVICE, "cannot look at %s: %s", name, strerror(errno));
}

static int sync_directory(const char *dir, struct error *err)
{
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		return error_set(err, ERR_SERVICE, "cannot sync %s: %s", dir, strerror(errno));
	return 0;
}

static int make_directory(const struct files *f, struct error *err)
{
	if (mkdir(f->dir, 0700) == 0 || errno == EEXIST)
		return 0;
	return error_set(err, ERR_SERVICE, "cannot make %s: %s", f->dir, strerror(errno));
}

/* *found: the first name of files that were set aside, new memory; NULL: there are none. */
static int find_aside(const struct files *f, char **found, struct error *err)
{
	cleanup_free char *start = mem_format("%s" ASIDE, f->kind->file);
	size_t size = strlen(start);
	DIR *d = opendir(f->dir);
	const struct dirent *entry;
	int why = d ? 0 : errno;

	*found = NULL;
	while (d && !*found) {
		errno = 0;
		entry = readdir(d);
		why = entry ? 0 : errno;
		if (!entry)
			break;
		if (strncmp(entry->d_name, start, size) == 0)
			*found =
			    mem_format("%s/%.*s", f->dir,
			               (int)(size + strspn(entry->d_name + size, "0123456789")),
			               entry->d_name);
	}
	if (d)
		closedir(d);
	return why ? error_set(err, ERR_SERVICE, "cannot read %s: %s", f->dir, strerror(why)) : 0;
}

/* Without a database: was there ever one? The mark is made before the database, and is 0 until the
 * first commit. */
static int look_back(struct files *f, bool *was, struct error *err)
{
	bool damaged = false;
	uint64_t commits = 0;

	if (files_look(f->path, "-wal", was, err))
		return -1;
	if (*was)
		return 0;
	if (files_look(f->path, "-mark", was, err))
		return -1;
	if (!*was)
		return 0;
	if (files_mark_read(f, &commits, &damaged, err))
		return damaged ? 0 : -1;
	*was = commits;
	return 0;
}

int files_find(struct files *f, bool *fresh, struct error *err)
{
	cleanup_free char *aside = NULL;
	bool there;

	*fresh = false;
	if (make_directory(f, err) || files_look(f->path, "", &there, err))
		return -1;
	if (there)
		return 0;
	if (look_back(f, &there, err))
		return -1;
	if (there) {
		cleanup_free char *reason = mem_format("its file %s is missing", f->kind->file);
		return files_damaged(f, reason, err);
	}
	if (f->kind->sets_aside && find_aside(f, &aside, err))
		return -1;
	if (aside)
		return error_set(err, ERR_SERVICE, "the %s is set aside as %s: it was damaged",
		                 f->kind->noun, aside);
	*fresh = true;
	return 0;
}

static int rename_file(const char *from, const char *to, struct error *err)
{
	if (rename(from, to) == 0)
		return 0;
	return error_set(err, ERR_SERVICE, "cannot rename %s: %s", from, strerror(errno));
}

void files_unmake(const char *path)
{
	static const char *const all[] = {"", "-journal", "-wal", "-mark"};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		cleanup_free char *name = mem_format("%s%s", path, all[i]);
		unlink(name);
	}
}

int files_make(const char *path, struct error *err)
{
	cleanup_close int fd = -1;

	files_unmake(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		return 0;
	return error_set(err, ERR_SERVICE, "cannot make %s: %s", path, strerror(errno));
}

int files_install(struct files *f, const char *made, struct error *err)
{
	cleanup_free char *mark = mem_format("%s-mark", f->path);
	cleanup_free char *new_mark = mem_format("%s-mark", made);
	cleanup_free char *above = mem_format("%s/..", f->dir);
	int rc;

	mem_cleanup_close(&f->mark);
	f->mark = open(new_mark, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->mark < 0)
		return error_set(err, ERR_SERVICE, "cannot make %s: %s", new_mark, strerror(errno));
	rc = files_mark_write(f, 0, err);
	if (rc == 0 && f->sync && fsync(f->mark))
		rc = error_set(err, ERR_SERVICE, "cannot sync %s: %s", new_mark, strerror(errno));
	mem_cleanup_close(&f->mark);
	f->mark = -1;
	if (rc || rename_file(new_mark, mark, err) || rename_file(made, f->path, err))
		return -1;
	if (!f->sync || (sync_directory(f->dir, err) == 0 && sync_directory(above, err) == 0))
		return 0;
	/* The database holds nothing yet, and another attempt syncs the names again. */
	files_unmake(f->path);
	return -1;
}

int files_mark_read(struct files *f, uint64_t *commits, bool *damaged, struct error *err)
{
	cleanup_free char *path = mem_format("%s-mark", f->path);
	struct mark mark;
	ssize_t n;

	mem_cleanup_close(&f->mark);
	f->mark = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (f->mark < 0) {
		*damaged = errno == ENOENT;
		return error_set(err, ERR_SERVICE, "cannot open %s: %s", path, strerror(errno));
	}
	n = pread(f->mark, &mark, sizeof mark, 0);
	if (n < 0)
		return error_set(err, ERR_SERVICE, "cannot read %s: %s", path, strerror(errno));
	if (n != sizeof mark || mark.check != ~mark.commits) {
		*damaged = true;
		return error_set(err, ERR_SERVICE, "%s does not hold a number", path);
	}
	*commits = mark.commits;
	return 0;
}

int files_mark_write(struct files *f, uint64_t commits, struct error *err)
{
	const struct mark mark = {.commits = commits, .check = ~commits};

	if (pwrite(f->mark, &mark, sizeof mark, 0) == sizeof mark)
		return 0;
	return error_set(err, ERR_SERVICE, "cannot write %s-mark: %s", f->path, strerror(errno));
}

int files_have_log(const struct files *f, bool *there, struct error *err)
{
	return files_look(f->path, "-wal", there, err);
}

void files_drop_log(const struct files *f)
{
	cleanup_free char *path = mem_format("%s-wal", f->path);
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_size == 0)
		unlink(path);
}

/* A free name for setting files aside; new memory. NULL: it cannot be told. */
static char *free_name(const struct files *f, struct error *err)
{
	for (unsigned n = 1;; n++) {
		char *name = mem_format("%s" ASIDE "%u", f->path, n);
		bool taken = false;
		bool failed = false;

		for (size_t i = 0; i < ARRAY_SIZE(suffixes) && !taken && !failed; i++)
			failed = files_look(name, suffixes[i], &taken, err);
		if (!taken && !failed)
			return name;
		free(name);
		if (failed)
			return NULL;
	}
}

/* Renames one file of the store, if it exists. */
static int move(const char *from, const char *to, const char *suffix, bool *moved,
                struct error *err)
{
	cleanup_free char *old = mem_format("%s%s", from, suffix);
	cleanup_free char *new = mem_format("%s%s", to, suffix);

	if (files_look(old, "", moved, err))
		return -1;
	return *moved ? rename_file(old, new, err) : 0;
}

/* Renames all of them, or none. */
static int move_all(const char *from, const char *to, struct error *err)
{
	bool moved[ARRAY_SIZE(suffixes)] = {false};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (move(from, to, suffixes[i], &moved[i], err) == 0)
			continue;
		while (i-- > 0)
			if (moved[i])
				move(to, from, suffixes[i], &moved[i], NULL);
		return -1;
	}
	return 0;
}

static int set_aside(struct files *f, const char *reason, struct error *err)
{
	cleanup_free char *aside = free_name(f, err);

	mem_cleanup_close(&f->mark);
	f->mark = -1;
	if (!aside || move_all(f->path, aside, err)) {
		log_fact(LOG_LEVEL_ERROR, FACT_DATA_DAMAGED, NULL, f->kind->area,
		         "%s is damaged (%s), and not set aside: %s", f->path, reason, err->text);
		return -1;
	}
	log_fact(LOG_LEVEL_ERROR, FACT_DATA_DAMAGED, NULL, f->kind->area,
	         "%s is damaged (%s); set aside as %s", f->path, reason, aside);
	return error_set(err, ERR_SERVICE, "the %s is set aside as %s: %s", f->kind->noun, aside,
	                 reason);
}

int files_damaged(struct files *f, const char *reason, struct error *err)
{
	if (f->kind->sets_aside)
		return set_aside(f, reason, err);
	return error_set(err, ERR_SERVICE, "the %s %s cannot be used: %s", f->kind->noun, f->path,
	                 reason);
}
