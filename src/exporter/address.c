/* Addresses of the two kinds. Owns the file of a Unix socket, from address_listen() on. */
#include "exporter/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#define UNIX_PREFIX "unix:"
#define BACKLOG     64
/* A Unix socket is for its user and its group. */
#define UNIX_MASK 0117

static int address_read_unix(const char *path, struct address *address, struct error *err)
{
	struct sockaddr_un *un = (struct sockaddr_un *)(void *)&address->at;
	size_t size = strlen(path);

	if (!size || size >= sizeof un->sun_path)
		return error_set(err, ERR_PARAMS, "a path of %zu bytes; it has 1 to %zu", size,
		                 sizeof un->sun_path - 1);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, size + 1);
	address->size = (socklen_t)sizeof *un;
	address->local = true;
	return 0;
}

static int address_read_number(const char *host, uint16_t port, struct address *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&address->at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&address->at;

	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		address->size = (socklen_t)sizeof *v4;
		address->local = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
		return 0;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		address->size = (socklen_t)sizeof *v6;
		address->local = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
		return 0;
	}
	return -1;
}

int address_read(const char *text, struct address *address, struct error *err)
{
	const char *colon = strrchr(text, ':');
	cleanup_free char *host = NULL;
	size_t size;
	int64_t port;

	*address = (struct address){0};
	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		return address_read_unix(text + strlen(UNIX_PREFIX), address, err);
	if (!colon)
		return error_set(err, ERR_PARAMS, "'%s' is no ADDRESS:PORT and no unix:PATH", text);
	if (parse_range(colon + 1, strlen(colon + 1), "the port", 0, UINT16_MAX, &port, err))
		return -1;
	size = (size_t)(colon - text);
	host = size > 1 && *text == '[' && colon[-1] == ']' ? mem_copy(text + 1, size - 2)
	                                                    : mem_copy(text, size);
	if (address_read_number(host, (uint16_t)port, address))
		return error_set(err, ERR_PARAMS, "'%s' is no number of an address", host);
	return 0;
}

/* Does nobody listen at the path any more? */
static bool address_is_stale(const struct address *address)
{
	cleanup_close int fd = socket(address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)&address->at;
	struct stat st;

	return fd >= 0 && lstat(un->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       connect(fd, (const struct sockaddr *)(const void *)&address->at, address->size) &&
	       errno == ECONNREFUSED;
}

static int address_bind(int fd, const struct address *address)
{
	const mode_t mask = umask(UNIX_MASK);
	int rc = bind(fd, (const struct sockaddr *)(const void *)&address->at, address->size);

	umask(mask);
	return rc;
}

int address_listen(const struct address *address, struct error *err)
{
	int fd = socket(address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;

	if (fd >= 0 && address->at.ss_family == AF_UNIX && address_is_stale(address))
		address_close(address);
	if (fd >= 0 && address->at.ss_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd >= 0 && address_bind(fd, address) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error_set(err, ERR_INTERNAL, "cannot listen: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

void address_close(const struct address *address)
{
	if (address->at.ss_family == AF_UNIX)
		unlink(((const struct sockaddr_un *)(const void *)&address->at)->sun_path);
}

char *address_shown(int fd)
{
	struct sockaddr_storage at = {0};
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&at;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&at;
	socklen_t size = sizeof at;
	char text[INET6_ADDRSTRLEN];

	if (getsockname(fd, (struct sockaddr *)(void *)&at, &size))
		return mem_string("?");
	if (at.ss_family == AF_INET)
		return mem_format("http://%s:%u/",
		                  inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text),
		                  ntohs(v4->sin_port));
	if (at.ss_family == AF_INET6)
		return mem_format("http://[%s]:%u/",
		                  inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text),
		                  ntohs(v6->sin6_port));
	return mem_format(UNIX_PREFIX "%s",
	                  ((const struct sockaddr_un *)(const void *)&at)->sun_path);
}
