/* Owns nothing. A file with a port has one line, the number, and is never seen in part. */
#include "link/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#define PORT_MAX 65535

bool endpoint_is_tcp(const char *endpoint)
{
	return strncmp(endpoint, ENDPOINT_TCP, strlen(ENDPOINT_TCP)) == 0 &&
	       strncmp(endpoint, ENDPOINT_TCP "//", strlen(ENDPOINT_TCP "//")) != 0;
}

const char *endpoint_path(const char *endpoint)
{
	return endpoint + strlen(endpoint_is_tcp(endpoint) ? ENDPOINT_TCP : ENDPOINT_IPC);
}

static bool endpoint_write(const char *path, const char *line, size_t size)
{
	cleanup_close int fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);

	return fd >= 0 && write(fd, line, size) == (ssize_t)size;
}

int endpoint_publish(const char *endpoint, int port, struct error *err)
{
	const char *path = endpoint_path(endpoint);
	cleanup_free char *made = mem_format("%s.new", path);
	char line[16];
	int size = snprintf(line, sizeof line, "%d\n", port);

	if (endpoint_write(made, line, (size_t)size) && rename(made, path) == 0)
		return 0;
	error_set(err, ERR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
	unlink(made);
	return -1;
}

/* A FIFO in its place must not block. */
static int endpoint_read(const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char line[16];
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line);
	int64_t port;

	if (n < 0)
		return error_set(err, ERR_NOT_FOUND, "cannot read %s: %s", path, strerror(errno));
	if (n == 0 || line[n - 1] != '\n' ||
	    parse_range(line, (size_t)n - 1, "port", 1, PORT_MAX, &port, NULL))
		return error_set(err, ERR_PARSE, "%s has no port", path);
	return (int)port;
}

char *endpoint_address(const char *endpoint, struct error *err)
{
	int port;

	if (!endpoint_is_tcp(endpoint))
		return mem_string(endpoint);
	port = endpoint_read(endpoint_path(endpoint), err);
	return port > 0 ? mem_format("tcp://127.0.0.1:%d", port) : NULL;
}
