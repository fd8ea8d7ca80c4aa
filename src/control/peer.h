/* The peer of a Unix socket, and what it may do with dtreed. */
#ifndef CONTROL_PEER_H
#define CONTROL_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* What a peer may do, and what a method needs: a smaller one includes all that follow. A method
 * whose row says nothing is the owner's. */
enum role {
	ROLE_OWN,     /* root, and the user of dtreed: everything */
	ROLE_OPERATE, /* uses nodes and changes the tree */
	ROLE_READ,    /* sees everything, and changes nothing */
	ROLE_NONE,
};

/* "own", "operate", "read", "none". */
const char *role_name(enum role role);

struct peer_group {
	bool there; /* false: nobody is in it */
	gid_t gid;
};

/* Whose members have a role. */
struct peer_groups {
	struct peer_group operate;
	struct peer_group observe;
};

/* As the kernel has them of the moment of connect(2). */
struct peer_credentials {
	uid_t uid;
	gid_t gid;
	pid_t pid; /* 0: it is not seen from here */
	enum role role;
};

/* The role by user and groups. `groups`: the supplementary ones. */
enum role peer_role(const struct peer_credentials *who, const gid_t *groups, size_t count,
                    uid_t owner, const struct peer_groups *may);
/* Fills *who: 0, or -1 with ERR_DENIED if it has no role, or ERR_INTERNAL if the kernel does not
 * give the credentials. */
int peer_look(int fd, const struct peer_groups *may, struct peer_credentials *who,
              struct error *err);
/* The name of the program that has connected, what is not printable escaped; "?": it has ended, or
 * cannot be seen. New memory. */
char *peer_program(int fd, const struct peer_credentials *who);

#endif
