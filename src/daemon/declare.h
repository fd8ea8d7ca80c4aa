/*
 * The services that the configuration declares: what was set, where, and what becomes of it. The
 * files and --define add key by key; declare_finish() makes of each what a worker is started with.
 */
#ifndef DAEMON_DECLARE_H
#define DAEMON_DECLARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "daemon/mistakes.h"
#include "program/spec.h"

/* A place in a file. Each file that is read has a number of its own, from 1. */
struct declare_place {
	const char *path; /* borrowed */
	int line;
	unsigned file;
};

struct declare_key;

/* One service. */
struct declaration {
	char *name;
	char *origin;   /* "dtreed.conf:12", where its name stood first */
	bool by_option; /* by --define: nothing that a file says of it counts */
	struct declare_key *keys;
	size_t count;
	struct program_spec spec; /* after declare_finish() */
};

/* Zero-initialise it. */
struct declarations {
	struct declaration **items; /* owned */
	size_t count;
	unsigned files;             /* that were read */
	struct declare_want *wants; /* names of services that stand where one is chosen */
	size_t want_count;
};

/* [service NAME]. The name is a new one, or more is said of the same. NULL with ERR_PARAMS where it
 * cannot be one. */
struct declaration *declare_service(struct declarations *d, const char *name,
                                    const struct declare_place *place, struct error *err);
/* Sets a key: later files win, key by key. A path is meant from the file's directory. NULL for the
 * declaration: the key is only judged. -1 with ERR_PARAMS; that a key had a value that was refused
 * is remembered. */
int declare_key(struct declaration *service, const char *key, const char *text,
                const struct declare_place *place, struct error *err);
/* NAME=COMMAND of the command line: a service of protocol lines, and no file says more of it. */
int declare_define(struct declarations *d, const char *text, struct error *err);
/* Somebody names a service, before all are known. `what` begins the mistake if there is none of
 * that name, both are copied. */
void declare_want(struct declarations *d, const char *what, const char *name);

/* NULL: it declares none of that name. Borrowed. */
struct declaration *declare_find(const struct declarations *d, const char *name);
/* Is there a service of that name, declared or built in? */
bool declare_knows(const struct declarations *d, const char *name);
/* "sum, dict, timer, search, calc": all that there are. New memory. */
char *declare_names(const struct declarations *d);

/* When all was read: builds the specs and tells what is missing, does not go together, or is not
 * known. */
void declare_finish(struct declarations *d, struct mistakes *found);

/* Where the key was set; where the service begins, for one that was not. Borrowed. */
const char *declare_origin(const struct declaration *service, const char *key);
/* Of a key that adds: where this value was. */
const char *declare_origin_of(const struct declaration *service, const char *key,
                              const char *value);
/* In the form of a configuration file. */
void declare_print(const struct declarations *d, FILE *out);
void declare_free(struct declarations *d);

#endif
