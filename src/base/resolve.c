/* Walks a path by descriptors, one component at a time. */
#include "base/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* The kernel's limit (path_resolution(7)). */
#define LINKS_MAX 40

struct walk {
	const char *what;  /* borrowed */
	const char *given; /* borrowed */
	enum resolve_missing missing;
	mode_t mode;
	int fd;       /* the directory reached so far */
	char *path;   /* its path; "" is the root */
	char *left;   /* components to come */
	int links;    /* followed */
	bool created; /* the last component was made by us */
};

static int resolve_fail(const struct walk *w, const char *why, struct error *err)
{
	return error_set(err, ERR_INTERNAL, "%s %s: %s", w->what, w->given, why);
}

static int fail_errno(const struct walk *w, struct error *err)
{
	return resolve_fail(w, strerror(errno), err);
}

static void move_to(struct walk *w, int fd, char *path)
{
	mem_cleanup_close(&w->fd);
	w->fd = fd;
	free(w->path);
	w->path = path;
}

static int go_to_root(struct walk *w, struct error *err)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(w, err);
	move_to(w, fd, mem_string(""));
	return 0;
}

static int resolve_begin(struct walk *w, struct error *err)
{
	char *here;

	w->fd = -1;
	w->path = NULL;
	w->left = mem_string(w->given);
	if (*w->given == '/')
		return go_to_root(w, err);
	here = getcwd(NULL, 0);
	w->fd = here ? open(".", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (w->fd < 0) {
		free(here);
		return fail_errno(w, err);
	}
	w->path = mem_string(strcmp(here, "/") == 0 ? "" : here);
	free(here);
	return 0;
}

/* The next component in new memory; NULL: there is none. */
static char *next_name(struct walk *w)
{
	char *start = w->left + strspn(w->left, "/");
	size_t size = strcspn(start, "/");
	char *name = size ? mem_copy(start, size) : NULL;
	char *left = mem_string(start + size);

	free(w->left);
	w->left = left;
	return name;
}

static bool is_last(const struct walk *w)
{
	return w->left[strspn(w->left, "/")] == '\0';
}

static int go_up(struct walk *w, struct error *err)
{
	int fd = openat(w->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *slash = strrchr(w->path, '/');

	if (fd < 0)
		return fail_errno(w, err);
	move_to(w, fd, mem_copy(w->path, slash ? (size_t)(slash - w->path) : 0));
	return 0;
}

static bool resolve_is_trusted(const struct walk *w, const struct stat *link)
{
	struct stat around;

	return link->st_uid == 0 || link->st_uid == geteuid() ||
	       (fstat(w->fd, &around) == 0 && link->st_uid == around.st_uid);
}

/* The link's components come before those that are left. */
static int follow(struct walk *w, int link, const struct stat *st, const char *name,
                  struct error *err)
{
	char target[PATH_MAX];
	ssize_t n;
	char *left;

	if (!resolve_is_trusted(w, st))
		return error_set(err, ERR_INTERNAL, "%s %s: %s/%s is a symbolic link of user %u",
		                 w->what, w->given, w->path, name, st->st_uid);
	n = readlinkat(link, "", target, sizeof target - 1);
	if (n < 0)
		return fail_errno(w, err);
	if (++w->links > LINKS_MAX)
		return resolve_fail(w, strerror(ELOOP), err);
	target[n] = '\0';
	left = mem_format("%s/%s", target, w->left);
	free(w->left);
	w->left = left;
	return *target == '/' ? go_to_root(w, err) : 0;
}

static int open_name(struct walk *w, const char *name, struct error *err)
{
	const int how = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	mode_t mode = is_last(w) ? w->mode : 0700;
	int fd = openat(w->fd, name, how);

	w->created = false;
	if (fd >= 0 || errno != ENOENT || w->missing == RESOLVE_REFUSE ||
	    (w->missing == RESOLVE_MAKE && !is_last(w)))
		return fd >= 0 ? fd : fail_errno(w, err);
	if (mkdirat(w->fd, name, mode) == 0)
		w->created = true;
	else if (errno != EEXIST)
		return error_set(err, ERR_INTERNAL, "cannot create %s %s: %s", w->what, w->given,
		                 strerror(errno));
	fd = openat(w->fd, name, how);
	return fd >= 0 ? fd : fail_errno(w, err);
}

static int go_down(struct walk *w, const char *name, struct error *err)
{
	cleanup_close int fd = open_name(w, name, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return fail_errno(w, err);
	if (S_ISLNK(st.st_mode))
		return follow(w, fd, &st, name, err);
	if (!S_ISDIR(st.st_mode))
		return resolve_fail(w, strerror(ENOTDIR), err);
	move_to(w, fd, mem_format("%s/%s", w->path, name));
	fd = -1;
	return 0;
}

static int go(struct walk *w, struct error *err)
{
	int rc = 0;
	char *name;

	while (rc == 0 && (name = next_name(w))) {
		if (strcmp(name, "..") == 0)
			rc = go_up(w, err);
		else if (strcmp(name, ".") != 0)
			rc = go_down(w, name, err);
		free(name);
	}
	return rc;
}

/* Opens the directory again for reading and syncing: the walk had O_PATH descriptors only. */
static int resolve_finish(struct walk *w, struct resolved *r, struct error *err)
{
	cleanup_close int fd = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(w, err);
	/* The umask may deny what clients of our group need. */
	if (w->created && fchmod(fd, w->mode))
		return error_set(err, ERR_INTERNAL, "cannot create %s %s: %s", w->what, w->given,
		                 strerror(errno));
	r->path = mem_string(*w->path ? w->path : "/");
	r->fd = fd;
	fd = -1;
	return 0;
}

int resolve_directory(struct resolved *r, const char *what, const char *path,
                      enum resolve_missing missing, mode_t mode, struct error *err)
{
	struct walk w = {.what = what, .given = path, .missing = missing, .mode = mode};
	int rc;

	if (!*path)
		return resolve_fail(&w, strerror(ENOENT), err);
	rc = resolve_begin(&w, err);
	if (rc == 0)
		rc = go(&w, err);
	if (rc == 0)
		rc = resolve_finish(&w, r, err);
	mem_cleanup_close(&w.fd);
	free(w.path);
	free(w.left);
	return rc;
}

void resolved_free(struct resolved *r)
{
	if (!r->path)
		return;
	close(r->fd);
	free(r->path);
	r->path = NULL;
}

int resolved_check(const struct resolved *r, const char *what, mode_t apart, struct error *err)
{
	struct stat st;

	if (fstat(r->fd, &st))
		return error_set(err, ERR_INTERNAL, "%s %s: %s", what, r->path, strerror(errno));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error_set(err, ERR_INTERNAL, "%s %s belongs to user %u", what, r->path,
		                 st.st_uid);
	if (st.st_mode & apart)
		return error_set(err, ERR_INTERNAL, "%s %s is open to others (mode %04o)", what,
		                 r->path, st.st_mode & 07777);
	return 0;
}
