/* A connection over loopback of which a test has both ends, and what the kernel says of them. */
#ifndef BASE_TEST_TCP_PAIR_H
#define BASE_TEST_TCP_PAIR_H

#include <stddef.h>

#include "base/tcp_end.h"
#include "base/tcp_table.h"

struct tcp_pair {
	int client;
	int server;
};

/* room: bytes that the server's side takes before they are read; 0: as ever. */
void tcp_pair_open(struct tcp_pair *pair, int room);
void tcp_pair_close(struct tcp_pair *pair);
/* Bytes are written at one descriptor and read at the other. */
void tcp_pair_pass(int from, int to, size_t size);
/* The client's end, and the server's, in a table that was read; false: they are not in it. */
bool tcp_pair_find(const struct tcp_pair *pair, const struct tcp_table *table,
                   struct tcp_end *client, struct tcp_end *server);

#endif
