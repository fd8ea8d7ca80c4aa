/* RLIMIT_NOFILE, asked and tried. */
#include "base/limits.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"

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
	return (size_t)limit.rlim_cur;
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
