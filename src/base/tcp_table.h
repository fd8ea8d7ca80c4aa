/* The TCP connections of the loopback address, of all processes of this user, as the kernel lists
 * them. */
#ifndef BASE_TCP_TABLE_H
#define BASE_TCP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/tcp_end.h"

struct tcp_row;

struct tcp_table {
	struct tcp_row *rows;          /* uthash, by the socket's inode; owned */
	struct tcp_row *rows_by_ports; /* the same */
	bool open;
	int fd; /* at which the kernel is asked */
};

/* No more are read. */
#define TCP_TABLE_MAX ((size_t)65536)

/* Fills the zeroed table: both ends of each connection that is established. It asks the kernel, and
 * waits for nothing else. 1,000 connections take some ms: tcp_table_read_some() reads so many of
 * the kernel's answers, of 100 ends or so, and returns 1 if there are more; 0: all are read. */
int tcp_table_read_some(struct tcp_table *t, size_t answers, struct error *err);
int tcp_table_read(struct tcp_table *t, struct error *err);
void tcp_table_free(struct tcp_table *t);

/* The end that this process has of a connection to that port; NULL: there is none, or its
 * descriptors cannot be looked at. */
const struct tcp_end *tcp_table_find(const struct tcp_table *t, pid_t pid, uint16_t remote);
/* The other end of a connection, NULL: it is not in the table. */
const struct tcp_end *tcp_table_other(const struct tcp_table *t, const struct tcp_end *end);

#endif
