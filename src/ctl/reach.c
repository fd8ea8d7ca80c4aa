/* Nothing signals that a full queue of connections has room again: connecting is retried. Owns the
 * traceparent of the environment. */
#include "ctl/reach.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/traceparent.h"

/* Between two attempts. */
#define PAUSE_MS 20

/* "": there is none. */
static char reach_parent[TRACEPARENT_SIZE + 1];

void reach_take_traceparent(void)
{
	const char *given = getenv("TRACEPARENT");
	struct error err;

	if (given && *given && traceparent_read(given, strlen(given), reach_parent, &err))
		fprintf(stderr, "dtreectl: the environment's %s; it is not used\n", err.text);
}

const char *reach_traceparent(void)
{
	return *reach_parent ? reach_parent : NULL;
}

struct dtree_client *reach(const char *path, int64_t most_ms, int signal_fd,
                           struct dtree_error *err)
{
	int64_t end = clock_ms() + most_ms;

	for (;;) {
		struct dtree_client *client = dtree_client_connect(path, err);
		struct pollfd pfd = {signal_fd, POLLIN, 0};

		if (client)
			dtree_client_traceparent(client, reach_traceparent(), NULL);
		if (client || err->code != DTREE_BUSY || clock_ms() >= end)
			return client;
		if (poll(&pfd, 1, PAUSE_MS) > 0)
			return NULL;
	}
}
