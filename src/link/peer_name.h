/*
 * A child's routing id: its node id, its incarnation and its link generation. No two connections
 * ever share one, because libzmq silently drops what comes from a second holder of an id.
 */
#ifndef LINK_PEER_NAME_H
#define LINK_PEER_NAME_H

#include <stddef.h>
#include <stdint.h>

/* 'n', id (32), incarnation (32), generation (64), little-endian. */
#define PEER_NAME_SIZE 17

struct peer_name {
	int id;
	uint32_t incarnation;
	uint64_t generation;
};

void peer_name_write(const struct peer_name *name, char bytes[PEER_NAME_SIZE]);
/* 0, or -1 for bytes that are no such name. */
int peer_name_read(const char *bytes, size_t size, struct peer_name *name);

#endif
