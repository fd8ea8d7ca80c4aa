#include "tcp_pair.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

void tcp_pair_open(struct tcp_pair *pair, int room)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	pair->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (room)
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	cr_assert_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	cr_assert_eq(connect(pair->client, (struct sockaddr *)&at, sizeof at), 0);
	pair->server = accept(listener, NULL, NULL);
	cr_assert_geq(pair->server, 0);
	close(listener);
}

void tcp_pair_close(struct tcp_pair *pair)
{
	close(pair->client);
	close(pair->server);
}

void tcp_pair_pass(int from, int to, size_t size)
{
	cleanup_free char *bytes = mem_new(size);

	cr_assert_eq(send(from, bytes, size, 0), (ssize_t)size);
	cr_assert_eq(recv(to, bytes, size, MSG_WAITALL), (ssize_t)size);
}

/* The process finds its own end among its descriptors. */
bool tcp_pair_find(const struct tcp_pair *pair, const struct tcp_table *table,
                   struct tcp_end *client, struct tcp_end *server)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	const struct tcp_end *own;
	const struct tcp_end *other;

	cr_assert_eq(getpeername(pair->client, (struct sockaddr *)&at, &size), 0);
	own = tcp_table_find(table, getpid(), ntohs(at.sin_port));
	other = own ? tcp_table_other(table, own) : NULL;
	if (!other)
		return false;
	*client = *own;
	*server = *other;
	return true;
}
