/*
 * The control socket's file. Invariant: a file is removed only if nothing answers there, or if it
 * was made here.
 */
#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/resolve.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* When a program is killed while it forks, its child keeps the socket until it ends too. */
#define LINGER_MS 2000
#define LOOK_MS   5

struct listen {
	int fd; /* -1 once it was taken */
	char *path;
	struct resolved dir; /* the socket's directory */
	const char *name;    /* of the socket in it; borrowed: points into path */
	mode_t mode;         /* of the socket's file */
	bool ours;           /* the socket's file was made here, and has this identity: */
	dev_t dev;
	ino_t ino;
	pid_t former;
};

static int listen_fail(struct error *err, const char *path, const char *why)
{
	return error_set(err, ERR_INTERNAL, "control socket %s: %s", path, why);
}

static int listen_make_address(const char *path, struct sockaddr_un *address, struct error *err)
{
	size_t n = strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (n >= sizeof address->sun_path)
		return error_set(err, ERR_INTERNAL, "control socket %s: %zu bytes; at most %zu fit",
		                 path, n, sizeof address->sun_path - 1);
	memcpy(address->sun_path, path, n + 1);
	return 0;
}

static int listen_make_socket(const char *path, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		listen_fail(err, path, strerror(errno));
	return fd;
}

enum answer { ANSWER_NONE, ANSWER_LIVES, ANSWER_ENDED };

/* Which process called listen(), and does it live? If not, its descriptor may be open in another
 * process: one that serves there, or a child of a parent that died while it forked. */
static enum answer listen_judge(const struct listen *l, int fd)
{
	struct ucred peer = {0};
	socklen_t size = sizeof peer;
	cleanup_close int pidfd = -1;
	socklen_t pidfd_size = sizeof pidfd;
	struct pollfd ended = {.events = POLLIN};

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || peer.pid <= 0)
		return ANSWER_LIVES;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &pidfd_size))
		pidfd = pidfd_open(peer.pid, 0);
	ended.fd = pidfd;
	if (pidfd < 0 ? errno != ESRCH : poll(&ended, 1, 0) <= 0)
		return ANSWER_LIVES;
	return peer.pid == l->former ? ANSWER_NONE : ANSWER_ENDED;
}

/* Connects to the address: 0 if a process listens, or -1. */
static int knock(const struct listen *l, const struct sockaddr_un *address, enum answer *answer,
                 struct error *err)
{
	cleanup_close int fd = listen_make_socket(l->path, err);

	if (fd < 0)
		return -1;
	*answer = ANSWER_NONE;
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
		*answer = listen_judge(l, fd);
	else if (errno == EAGAIN) /* a process listens, with a full queue (unix(7)) */
		*answer = ANSWER_LIVES;
	else if (errno != ECONNREFUSED && errno != ENOENT)
		return listen_fail(err, l->path, strerror(errno));
	return 0;
}

/* Does a process listen there? 0: none. */
static int check_silent(const struct listen *l, const struct sockaddr_un *address,
                        struct error *err)
{
	int64_t end = clock_ms() + LINGER_MS;
	enum answer answer;

	do {
		if (knock(l, address, &answer, err))
			return -1;
		if (answer == ANSWER_ENDED)
			poll(NULL, 0, LOOK_MS);
	} while (answer == ANSWER_ENDED && clock_ms() < end);
	return answer == ANSWER_NONE ? 0
	                             : listen_fail(err, l->path, "it is in use by another process");
}

/* Removes a socket that a crash left. 0: the path is free now. */
static int clear_path(const struct listen *l, const struct sockaddr_un *address, struct error *err)
{
	struct stat st;

	if (fstatat(l->dir.fd, l->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : listen_fail(err, l->path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return listen_fail(err, l->path, "there is something that is no socket");
	if (check_silent(l, address, err))
		return -1;
	if (unlinkat(l->dir.fd, l->name, 0) && errno != ENOENT)
		return listen_fail(err, l->path, strerror(errno));
	return 0;
}

/* Finds the directory of the file; links of other users are not followed. */
static int find_dir(struct listen *l, struct error *err)
{
	char *slash = strrchr(l->path, '/');
	cleanup_free char *dir = slash ? mem_copy(l->path, (size_t)(slash - l->path)) : NULL;
	cleanup_free char *what = mem_format("control socket %s: directory", l->path);

	l->name = slash ? slash + 1 : l->path;
	return resolve_directory(&l->dir, what,
	                         !slash ? "."
	                         : *dir ? dir
	                                : "/",
	                         RESOLVE_REFUSE, 0, err);
}

static int bind_path(struct listen *l, const struct sockaddr_un *address, struct error *err)
{
	const char *path = l->path;
	struct stat st;
	mode_t old = umask(0777 & ~l->mode);
	int failed = bind(l->fd, (const struct sockaddr *)address, sizeof *address);

	umask(old);
	if (failed || fstatat(l->dir.fd, l->name, &st, AT_SYMLINK_NOFOLLOW))
		return listen_fail(err, path, strerror(errno));
	l->ours = true;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return listen(l->fd, SOMAXCONN) ? listen_fail(err, path, strerror(errno)) : 0;
}

static int make_listening(struct listen *l, struct error *err)
{
	const char *path = l->path;
	struct sockaddr_un address;

	if (listen_make_address(path, &address, err) || find_dir(l, err) ||
	    clear_path(l, &address, err))
		return -1;
	l->fd = listen_make_socket(path, err);
	return l->fd < 0 ? -1 : bind_path(l, &address, err);
}

/* The path of a passed socket; an unnamed or abstract one has none. */
static char *passed_path(int fd)
{
	struct sockaddr_un address = {0};
	socklen_t size = sizeof address;

	if (getsockname(fd, (struct sockaddr *)&address, &size) || !address.sun_path[0])
		return mem_string("a socket that was passed");
	return mem_copy(address.sun_path, strnlen(address.sun_path, sizeof address.sun_path));
}

struct listen *listen_new(const char *path, int passed, mode_t mode, pid_t former,
                          struct error *err)
{
	struct listen *l = mem_new(sizeof *l);

	l->fd = passed;
	l->former = former;
	l->mode = mode;
	if (passed >= 0) {
		l->path = passed_path(passed);
	} else {
		l->path = mem_string(path);
		if (make_listening(l, err) == 0)
			return l;
		listen_free(l);
		return NULL;
	}
	return l;
}

/* Looks at the path, as clients do: the directory may be another one by now. */
static bool listen_stands(const struct listen *l)
{
	struct stat st;

	return lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino;
}

int listen_renew(struct listen *l, int *fd, struct error *err)
{
	if (!l->ours || listen_stands(l))
		return 0;
	resolved_free(&l->dir);
	if (make_listening(l, err)) {
		mem_cleanup_close(&l->fd);
		l->fd = -1;
		return -1;
	}
	*fd = listen_take(l);
	return 1;
}

const char *listen_dir(const struct listen *l)
{
	return l->ours ? l->dir.path : NULL;
}

void listen_free(struct listen *l)
{
	struct stat st;

	if (!l)
		return;
	if (l->ours && fstatat(l->dir.fd, l->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == l->dev && st.st_ino == l->ino)
		unlinkat(l->dir.fd, l->name, 0);
	resolved_free(&l->dir);
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
