/* Who a program runs as, where its service says so (user, group). */
#ifndef PROGRAM_IDENTITY_H
#define PROGRAM_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "program/spec.h"

/* The most groups of a user. */
#define IDENTITY_GROUPS 256

struct identity {
	bool change;   /* false: as this process, and the rest is nothing */
	char name[64]; /* of the user, for people; "": only the group is another */
	uid_t uid;
	gid_t gid;
	gid_t groups[IDENTITY_GROUPS];
	int count;
};

/* A name or a number to those of the system: 0, or -1 with ERR_SERVICE. *who is zero before the
 * first; the user comes before the group. */
int identity_user(const char *text, struct identity *who, struct error *err);
int identity_group(const char *text, struct identity *who, struct error *err);
/* Both, as far as the service names them. */
int identity_find(const struct program_spec *spec, struct identity *who, struct error *err);
/* Between fork and exec: 0, or -1 with errno. */
int identity_take(const struct identity *who);

/* The node's own directory: made if it is not there, and given to that user, who can reach it: the
 * two directories above it may be passed, and not read, by all. */
int identity_home(const struct identity *who, const char *path, struct error *err);

#endif
