/* Owns nothing. */
#include "program/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

#define READ_MAX ((size_t)64 * 1024)

/* What was read last, of any stream: no handler reads. Not on the stack, where each page of it
 * would be touched by each call (-fstack-clash-protection) and stay in memory. */
static char read_bytes[READ_MAX];

static int open_pipe(struct streams *s, int number)
{
	bool to_program = number == STDIN_FILENO;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	s->ours[number] = ends[to_program ? 1 : 0];
	s->theirs[number] = ends[to_program ? 0 : 1];
	return fcntl(s->ours[number], F_SETFL, O_NONBLOCK);
}

static int make_raw(int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode))
		return -1;
	cfmakeraw(&mode);
	return tcsetattr(fd, TCSANOW, &mode);
}

static int open_terminal(struct streams *s, int number)
{
	char name[64];
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	s->ours[number] = fd;
	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, name, sizeof name))
		return -1;
	s->theirs[number] = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return s->theirs[number] < 0 ? -1 : make_raw(s->theirs[number]);
}

int streams_open(struct streams *s, bool terminal)
{
	int saved;

	*s = (struct streams){{-1, -1, -1}, {-1, -1, -1}};
	if (open_pipe(s, STDIN_FILENO) == 0 && open_pipe(s, STDERR_FILENO) == 0 &&
	    (terminal ? open_terminal : open_pipe)(s, STDOUT_FILENO) == 0)
		return 0;
	saved = errno;
	streams_close(s);
	errno = saved;
	return -1;
}

static void streams_close_all(int fds[3])
{
	for (int i = 0; i < 3; i++) {
		mem_cleanup_close(&fds[i]);
		fds[i] = -1;
	}
}

void streams_close_theirs(struct streams *s)
{
	streams_close_all(s->theirs);
}

void streams_close(struct streams *s)
{
	streams_close_all(s->ours);
	streams_close_all(s->theirs);
}

int streams_read(int fd, const char **bytes, size_t *n)
{
	ssize_t got;

	do
		got = read(fd, read_bytes, sizeof read_bytes);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return 0;
	/* A terminal without a program at its other end says EIO. */
	if (got <= 0)
		return -1;
	*bytes = read_bytes;
	*n = (size_t)got;
	return 1;
}
