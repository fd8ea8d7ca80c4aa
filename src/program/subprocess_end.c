/* Pure. */
#include "program/subprocess_end.h"

#include <stdio.h>

static int64_t end_ms(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000 + time->tv_usec / 1000;
}

struct subprocess_end subprocess_end_of(const siginfo_t *info, const struct rusage *used)
{
	struct subprocess_end end = {.status = -1,
	                             .used = {.user_ms = end_ms(&used->ru_utime),
	                                      .system_ms = end_ms(&used->ru_stime),
	                                      .most_kb = used->ru_maxrss}};

	if (info->si_code == CLD_EXITED) {
		end.status = info->si_status;
		end.ok = end.status == 0;
		snprintf(end.cause, sizeof end.cause, "exit status %d", end.status);
	} else {
		end.signal = info->si_status;
		snprintf(end.cause, sizeof end.cause, "signal %d", end.signal);
	}
	return end;
}
