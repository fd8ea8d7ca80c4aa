/* Owns a descriptor for each thread that asks: reading an open file costs a microsecond. */
#include "base/run_delay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* It could not be opened, and is not tried again. */
#define RUN_DELAY_NONE (-2)

static _Thread_local int run_delay_fd = -1;

uint64_t run_delay_read(int fd)
{
	unsigned long long waited = 0;
	char text[96];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return sscanf(text, "%*u %llu", &waited) == 1 ? waited : 0;
}

uint64_t run_delay_ns(void)
{
	int saved = errno;
	uint64_t waited;

	if (run_delay_fd == -1)
		run_delay_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	if (run_delay_fd < 0)
		run_delay_fd = RUN_DELAY_NONE;
	waited = run_delay_read(run_delay_fd);
	errno = saved;
	return waited;
}
