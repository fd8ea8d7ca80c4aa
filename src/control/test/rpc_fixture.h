/* Lines of JSON-RPC and the beginnings of their replies. */
#ifndef CONTROL_TEST_RPC_FIXTURE_H
#define CONTROL_TEST_RPC_FIXTURE_H

#include <criterion/criterion.h>
#include <string.h>

#include "control/test/control_fixture.h"

#define NULL_ID "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":"
#define ID_1    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":"

/* A line and the beginning of its reply. */
static inline void answered(const char *line, const char *head)
{
	cleanup_free char *got = NULL;

	peer_send(peer, line);
	got = peer_line(peer);
	cr_assert(got && strncmp(got, head, strlen(head)) == 0, "%.200s: %s", line, got);
}

#endif
