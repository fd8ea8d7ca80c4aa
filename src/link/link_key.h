/*
 * The key pair of a tree, with which its links over TCP are encrypted: each process of the tree
 * has it, and nobody else. Both ends of a link show that they have the secret one.
 */
#ifndef LINK_LINK_KEY_H
#define LINK_LINK_KEY_H

#include "base/error.h"

/* Bytes in the text of a key (zmq_z85_encode(3)), with the NUL. */
#define LINK_KEY_TEXT 41

struct link_key {
	char shown[LINK_KEY_TEXT]; /* the public one */
	char secret[LINK_KEY_TEXT];
};

/* A new pair. ERR_INTERNAL: libzmq was built without CURVE. */
int link_key_make(struct link_key *key, struct error *err);
/* Writes it to a file that only this user may read, in the place of another one. */
int link_key_write(const char *path, const struct link_key *key, struct error *err);
/* Reads it. ERR_NOT_FOUND: there is no file; else it is no file of a key that only this user may
 * read. */
int link_key_read(const char *path, struct link_key *key, struct error *err);

#endif
