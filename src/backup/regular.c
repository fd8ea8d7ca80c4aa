/* Owns nothing. */
#include "backup/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "base/mem.h"

int regular_open(int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		errno = ENOTSUP;
		return -1;
	}
	return fd;
}

static int regular_put(int fd, const char *bytes, size_t n, int64_t at)
{
	while (n) {
		ssize_t put = pwrite(fd, bytes, n, at);
		if (put < 0)
			return -1;
		bytes += put;
		n -= (size_t)put;
		at += put;
	}
	return 0;
}

static int regular_bytes(int from, int64_t size, int to)
{
	char chunk[65536];
	int64_t done = 0;

	while (done < size) {
		size_t want =
		    size - done < (int64_t)sizeof chunk ? (size_t)(size - done) : sizeof chunk;
		ssize_t n = pread(from, chunk, want, done);
		/* 0: it became shorter. */
		if (n <= 0)
			return (int)n;
		if (regular_put(to, chunk, (size_t)n, done))
			return -1;
		done += n;
	}
	return 0;
}

static bool regular_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int regular_copy(int dir, const char *name, const char *to, bool *changed)
{
	struct stat before;
	struct stat after;
	cleanup_close int from = regular_open(dir, name, &before);
	cleanup_close int fd =
	    from < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc = fd < 0 ? -1 : 0;
	int why;

	if (rc == 0)
		rc = regular_bytes(from, before.st_size, fd) || fstat(from, &after) ? -1 : 0;
	why = errno;
	*changed = rc == 0 && !regular_is_same(&before, &after);
	errno = why;
	return rc;
}
