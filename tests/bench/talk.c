/* Nothing is owned here. A read that was given up leaves its socket useless, and the run fails. */
#include "talk.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "process.h"

/* No answer takes longer; dtreed's own deadline is 10 s. */
#define PATIENCE_NS 20000000000LL
#define READ_SIZE   ((size_t)64 * 1024)
/* The longest reply: a tree of some thousand nodes. */
#define LINE_MAX_BYTES ((size_t)16 * 1024 * 1024)

static int address_fill(struct sockaddr_un *address, const char *path, struct error *err)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address->sun_path)
		return error_set(err, ERR_INTERNAL, "%s: too long for a socket", path);
	memcpy(address->sun_path, path, strlen(path) + 1);
	return 0;
}

int talk_listen(const char *path, struct error *err)
{
	struct sockaddr_un address;
	int fd;

	if (address_fill(&address, path, err))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int talk_connect(const char *path, struct error *err)
{
	/* Short, so that a signal that comes just before a wait is seen all the same. */
	const struct timeval wake = {.tv_usec = 200000};
	struct sockaddr_un address;
	int fd;

	if (address_fill(&address, path, err))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wake, sizeof wake) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wake, sizeof wake) == 0)
		return fd;
	error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* After a read or write that did nothing: may it be tried again? */
static int try_again(long long began, struct error *err)
{
	if (errno != EINTR && errno != EAGAIN)
		return error_set(err, ERR_INTERNAL, "the connection is lost: %s", strerror(errno));
	if (process_stopped())
		return error_set(err, ERR_INTERNAL, "interrupted");
	if (process_clock() - began > PATIENCE_NS)
		return error_set(err, ERR_INTERNAL, "no answer in time");
	return 0;
}

int talk_write(int fd, const void *bytes, size_t n, struct error *err)
{
	const char *p = bytes;
	long long began = 0;

	while (n) {
		ssize_t done = write(fd, p, n);
		if (done > 0) {
			p += done;
			n -= (size_t)done;
			continue;
		}
		if (!began)
			began = process_clock();
		if (try_again(began, err))
			return -1;
	}
	return 0;
}

ssize_t talk_some(int fd, void *bytes, size_t n, struct error *err)
{
	long long began = 0;

	for (;;) {
		ssize_t got = read(fd, bytes, n);
		if (got > 0)
			return got;
		if (got == 0)
			return error_set(err, ERR_INTERNAL, "the connection was closed");
		if (!began)
			began = process_clock();
		if (try_again(began, err))
			return -1;
	}
}

int talk_read(int fd, void *bytes, size_t n, struct error *err)
{
	char *p = bytes;

	while (n) {
		ssize_t got = talk_some(fd, p, n, err);
		if (got < 0)
			return -1;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int talk_open(struct talk *talk, const char *path, struct error *err)
{
	*talk = (struct talk){.lines.max = LINE_MAX_BYTES};
	talk->fd = talk_connect(path, err);
	return talk->fd < 0 ? -1 : 0;
}

void talk_close(struct talk *talk)
{
	if (talk->fd >= 0)
		close(talk->fd);
	talk->fd = -1;
	line_free(&talk->lines);
}

int talk_line_ready(struct talk *talk, char **line, size_t *n, struct error *err)
{
	int rc = line_next(&talk->lines, line, n);

	if (rc < 0)
		return error_set(err, ERR_INTERNAL, "a reply of more than %zu bytes",
		                 talk->lines.max);
	return rc;
}

int talk_line(struct talk *talk, char **line, size_t *n, struct error *err)
{
	int rc;

	while ((rc = talk_line_ready(talk, line, n, err)) == 0) {
		ssize_t got =
		    talk_some(talk->fd, line_reserve(&talk->lines, READ_SIZE), READ_SIZE, err);
		if (got < 0)
			return -1;
		line_claim(&talk->lines, (size_t)got);
	}
	return rc < 0 ? -1 : 0;
}
