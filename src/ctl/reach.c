/* Nothing signals that a full queue of connections has room again: connecting is retried. */
#include "ctl/reach.h"

#include <poll.h>

#include "base/clock.h"

/* Between two attempts. */
#define PAUSE_MS 20

struct dtree_client *reach(const char *path, int64_t most_ms, int signal_fd,
                           struct dtree_error *err)
{
	int64_t end = clock_ms() + most_ms;

	for (;;) {
		struct dtree_client *client = dtree_client_connect(path, err);
		struct pollfd pfd = {signal_fd, POLLIN, 0};

		if (client || err->code != DTREE_BUSY || clock_ms() >= end)
			return client;
		if (poll(&pfd, 1, PAUSE_MS) > 0)
			return NULL;
	}
}
