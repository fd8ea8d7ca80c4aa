/* Limits from getrlimit(2), /proc and the control groups, promised descriptors, and descriptors
 * tried. Owns the count of promises; one thread. */
#include "base/limits.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

/* Beside LIMITS_OWN. */
static size_t promised;
static size_t lowered = SIZE_MAX;

void limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

size_t limits_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	return (size_t)limit.rlim_cur < lowered ? (size_t)limit.rlim_cur : lowered;
}

bool limits_promise(size_t n)
{
	size_t all = limits_descriptors();

	if (all < LIMITS_OWN || all - LIMITS_OWN < promised || all - LIMITS_OWN - promised < n)
		return false;
	promised += n;
	return true;
}

void limits_release(size_t n)
{
	promised -= n;
}

void limits_lower(size_t descriptors)
{
	if (descriptors < lowered)
		lowered = descriptors;
}

static size_t count_digits(const char *text, size_t n)
{
	size_t digits = 0;

	while (digits < n && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	return digits;
}

/* The number in a file; `most` where there is none. */
static size_t read_limit(const char *path, size_t most)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
	size_t digits = n > 0 ? count_digits(text, (size_t)n) : 0;
	int64_t number;

	if (!digits || parse_int64(text, digits, &number) || number <= 0)
		return most; /* "max", or nothing */
	return (size_t)number < most ? (size_t)number : most;
}

/* The smallest limit of the group and all groups above it. */
static size_t group_limit(char *group, size_t most)
{
	for (;;) {
		cleanup_free char *path = mem_format("/sys/fs/cgroup%s/pids.max", group);
		char *slash = strrchr(group, '/');

		most = read_limit(path, most);
		if (!slash)
			return most;
		*slash = '\0';
	}
}

static size_t own_group_limit(size_t most)
{
	char line[4096];
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		/* The unified hierarchy's line (cgroups(7)). */
		if (strncmp(line, "0::/", 4) == 0)
			most = group_limit(line + 3, most);
	}
	if (f)
		fclose(f);
	return most;
}

size_t limits_threads(void)
{
	struct rlimit limit;
	size_t most = read_limit("/proc/sys/kernel/threads-max", SIZE_MAX);

	most = read_limit("/proc/sys/kernel/pid_max", most);
	most = own_group_limit(most);
	if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur < most)
		most = (size_t)limit.rlim_cur;
	return most;
}

bool limits_room(size_t n)
{
	cleanup_free int *taken = mem_new_array(n, sizeof *taken);
	size_t count = 0;

	while (count < n) {
		int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			break;
		taken[count++] = fd;
	}
	for (size_t i = 0; i < count; i++)
		close(taken[i]);
	return count == n;
}
