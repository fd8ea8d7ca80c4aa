/* fstat(2) of a pidfd, and /proc/PID/stat. Owns nothing. */
#include "controller/process/identity.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/proc_stat.h"

/* The kernel's linux/magic.h. Before, all pidfds had one inode. */
#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446
#endif

static uint64_t inode_of(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) || fs.f_type != PID_FS_MAGIC || fstat(pidfd, &st))
		return 0;
	return st.st_ino;
}

static bool has_ended(int pidfd)
{
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};

	return poll(&ended, 1, 0) > 0;
}

/* 0: it cannot be had. */
static uint64_t start_of(pid_t pid)
{
	char text[PROC_STAT_SIZE];
	const char *at = proc_stat_field(proc_stat_read(pid, text), PROC_STAT_START);
	int64_t ticks;

	return !at || parse_int64(at, strspn(at, "0123456789"), &ticks) ? 0 : (uint64_t)ticks;
}

struct identity identity_of(int pidfd, pid_t pid)
{
	struct identity id = {.pid = pid, .start = start_of(pid), .inode = inode_of(pidfd)};

	/* Looked at with the descriptor in hand: what was read is of that process, unless it had
	 * ended and the number belonged to another process. */
	if (has_ended(pidfd))
		id.start = 0;
	return id;
}

enum identity_match identity_compare(const struct identity *id, int pidfd)
{
	const struct identity found = identity_of(pidfd, id->pid);

	if (has_ended(pidfd))
		return IDENTITY_OTHER;
	if (id->inode && found.inode)
		return id->inode == found.inode ? IDENTITY_SAME : IDENTITY_OTHER;
	if (id->start && found.start)
		return id->start == found.start ? IDENTITY_SAME : IDENTITY_OTHER;
	return IDENTITY_UNKNOWN;
}
