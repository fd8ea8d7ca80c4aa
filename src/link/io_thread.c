/* Owns nothing. Files are opened for each reading, because a process has few descriptors to
 * spare. */
#include "link/io_thread.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The beginning of the name that libzmq gives its threads. */
#define NAME "ZMQbg/IO/"

/* The beginning of a file of a thread of this process, with a NUL behind it. */
static bool read_of(int tid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t got = -1;
	int fd;

	snprintf(path, sizeof path, "/proc/self/task/%d/%s", tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, text, size - 1);
		close(fd);
	}
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static bool io_thread_find(struct io_thread *t)
{
	DIR *tasks = t->tid ? NULL : opendir("/proc/self/task");
	struct dirent *entry;
	char name[32];

	while (tasks && !t->tid && (entry = readdir(tasks))) {
		int tid = (int)strtol(entry->d_name, NULL, 10);
		if (tid && read_of(tid, "comm", name, sizeof name) &&
		    strncmp(name, NAME, strlen(NAME)) == 0)
			t->tid = tid;
	}
	if (tasks)
		closedir(tasks);
	return t->tid;
}

int io_thread_open(struct io_thread *t)
{
	char path[64];

	if (!io_thread_find(t))
		return -1;
	snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", t->tid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Does it run, or wait for a processor? libzmq's name of it, in parentheses, comes before the
 * state. */
static bool io_thread_is_ready(const struct io_thread *t)
{
	char text[256];
	const char *behind;

	if (!read_of(t->tid, "stat", text, sizeof text))
		return false;
	behind = strrchr(text, ')');
	return behind && strncmp(behind, ") R", 3) == 0;
}

int64_t io_thread_waited(struct io_thread *t, int64_t elapsed)
{
	const struct io_thread before = *t;
	char text[96];
	long long waited;
	long long turns;
	int64_t ms;

	if (!io_thread_find(t) || !read_of(t->tid, "schedstat", text, sizeof text) ||
	    sscanf(text, "%*d %lld %lld", &waited, &turns) != 2)
		return 0;
	t->waited = waited;
	t->turns = turns;
	if (!before.tid)
		return 0;
	/* The kernel counts a wait when it is over: a present one is not in the numbers. */
	if (turns == before.turns && io_thread_is_ready(t))
		return elapsed;
	ms = (waited - before.waited) / 1000000;
	return ms < elapsed ? ms : elapsed;
}
