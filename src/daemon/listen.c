/*
 * The control socket's file. Invariant: a file is removed only if nothing answers there, or if it
 * is the very one made here.
 */
#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

struct listen {
	int fd; /* -1 once it was taken */
	char *path;
	bool ours; /* the socket's file was made here; it is this one: */
	dev_t dev;
	ino_t ino;
};

static int fail(struct error *err, const char *path, const char *why)
{
	return error_set(err, ERR_INTERNAL, "control socket %s: %s", path, why);
}

static int make_address(const char *path, struct sockaddr_un *address, struct error *err)
{
	size_t n = strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (n >= sizeof address->sun_path)
		return error_set(err, ERR_INTERNAL, "control socket %s: %zu bytes; at most %zu fit",
		                 path, n, sizeof address->sun_path - 1);
	memcpy(address->sun_path, path, n + 1);
	return 0;
}

static int make_socket(const char *path, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		fail(err, path, strerror(errno));
	return fd;
}

/* Removes what a crash left. 0: the path is free now. */
static int clear_path(const char *path, const struct sockaddr_un *address, struct error *err)
{
	struct stat st;
	cleanup_close int fd = -1;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : fail(err, path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail(err, path, "there is something that is no socket");
	fd = make_socket(path, err);
	if (fd < 0)
		return -1;
	/* EAGAIN: somebody listens, with a full queue (unix(7)). */
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN)
		return fail(err, path, "it is in use by another process");
	if (errno == ENOENT)
		return 0;
	if (errno != ECONNREFUSED || (unlink(path) && errno != ENOENT))
		return fail(err, path, strerror(errno));
	return 0;
}

static int bind_path(struct listen *l, const struct sockaddr_un *address, struct error *err)
{
	const char *path = l->path;
	struct stat st;
	mode_t old = umask(0117);
	int failed = bind(l->fd, (const struct sockaddr *)address, sizeof *address);

	umask(old);
	if (failed || lstat(path, &st))
		return fail(err, path, strerror(errno));
	l->ours = true;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return listen(l->fd, SOMAXCONN) ? fail(err, path, strerror(errno)) : 0;
}

static int make_listening(struct listen *l, const char *path, struct error *err)
{
	struct sockaddr_un address;

	l->path = mem_string(path);
	if (make_address(path, &address, err) || clear_path(path, &address, err))
		return -1;
	l->fd = make_socket(path, err);
	return l->fd < 0 ? -1 : bind_path(l, &address, err);
}

/* A passed socket's own path; an unnamed or abstract one has none to show. */
static char *passed_path(int fd)
{
	struct sockaddr_un address = {0};
	socklen_t size = sizeof address;

	if (getsockname(fd, (struct sockaddr *)&address, &size) || !address.sun_path[0])
		return mem_string("a socket that was passed");
	return mem_copy(address.sun_path, strnlen(address.sun_path, sizeof address.sun_path));
}

struct listen *listen_new(const char *path, int passed, struct error *err)
{
	struct listen *l = mem_new(sizeof *l);

	l->fd = passed;
	if (passed >= 0) {
		l->path = passed_path(passed);
	} else if (make_listening(l, path, err)) {
		listen_free(l);
		return NULL;
	}
	return l;
}

void listen_free(struct listen *l)
{
	struct stat st;

	if (!l)
		return;
	if (l->ours && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	mem_cleanup_close(&l->fd);
	free(l->path);
	free(l);
}

int listen_take(struct listen *l)
{
	int fd = l->fd;

	l->fd = -1;
	return fd;
}
