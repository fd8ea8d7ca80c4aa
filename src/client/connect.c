/* Where dtreed listens, and how it is reached. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/internal.h"

_Static_assert(DTREE_PATH_MAX == sizeof((struct sockaddr_un *)0)->sun_path - 1, "unix(7)");

/* The system's, which its groups may use. */
#define SYSTEM_SOCKET "/run/dtree/control.sock"

/* This user's own. New memory. */
static char *connect_own_path(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (runtime && *runtime)
		return mem_format("%s/dtree/control.sock", runtime);
	return mem_format("/run/user/%ld/dtree/control.sock", (long)geteuid());
}

char *dtree_socket_path(void)
{
	const char *set = getenv("DTREE_SOCKET");
	char *own;

	if (set && *set)
		return mem_string(set);
	if (geteuid() == 0)
		return mem_string(SYSTEM_SOCKET);
	own = connect_own_path();
	/* One that nobody listens on is this user's all the same: what is meant for the own tree
	 * does not go to another. */
	if (access(own, F_OK) == 0 || access(SYSTEM_SOCKET, F_OK))
		return own;
	free(own);
	return mem_string(SYSTEM_SOCKET);
}

/* The error for a path that cannot be connected to, by the errno of connect(2). */
static int connect_error(const char *path, int why, struct dtree_error *err)
{
	struct stat st;

	switch (why) {
	case ENOENT:
	case ENOTDIR:
		return client_error(err, DTREE_NO_DAEMON, "no daemon at %s: %s", path,
		                    strerror(why));
	case ECONNREFUSED:
		if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
			return client_error(err, DTREE_NO_DAEMON, "no daemon at %s: not a socket",
			                    path);
		return client_error(err, DTREE_NO_DAEMON,
		                    "no daemon at %s: its socket is there, but nobody listens",
		                    path);
	case EAGAIN:
		return client_error(err, DTREE_BUSY,
		                    "dtreed at %s takes no connection: too many wait before", path);
	case EPROTOTYPE:
		return client_error(err, DTREE_UNREACHABLE,
		                    "%s cannot be reached: a socket of another kind", path);
	default:
		return client_error(err, DTREE_UNREACHABLE, "%s cannot be reached: %s", path,
		                    strerror(why));
	}
}

int client_connect_socket(const char *path, struct dtree_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	cleanup_close int fd = -1;

	if (n == 0 || n > DTREE_PATH_MAX)
		return client_error(err, DTREE_UNREACHABLE,
		                    "socket path '%s' has %zu bytes, it may have 1 to %zu", path, n,
		                    DTREE_PATH_MAX);
	memcpy(address.sun_path, path, n + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return client_error(err, DTREE_UNREACHABLE, "no socket to reach %s with: %s", path,
		                    strerror(errno));
	if (connect(fd, (struct sockaddr *)&address, sizeof address))
		return connect_error(path, errno, err);
	int connected = fd;
	fd = -1;
	return connected;
}
