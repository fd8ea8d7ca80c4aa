/* Where the exporter listens. */
#ifndef EXPORTER_ADDRESS_H
#define EXPORTER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

struct address {
	struct sockaddr_storage at;
	socklen_t size;
	bool local; /* a Unix socket, or a loopback address */
};

/* "ADDRESS:PORT", "[ADDRESS]:PORT", "unix:PATH"; an address is a number. */
int address_read(const char *text, struct address *address, struct error *err);
/* Listens there: the descriptor, or -1. A socket that nobody listens at is removed before. */
int address_listen(const struct address *address, struct error *err);
/* Removes the file of a Unix socket. */
void address_close(const struct address *address);
/* What the descriptor is bound to, as a URL or "unix:PATH"; new memory. */
char *address_shown(int fd);

#endif
