/*
 * A directory of files, of which the oldest go: each is written whole by a thread, so that no disk
 * delays who has it written, and has its name once all of it is there. Files there that have other
 * names stay.
 */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct spool;

struct spool_limits {
	size_t files;
	size_t bytes;
	size_t waiting; /* bytes that are not written yet; what comes beyond, or alone has more than
	                   `bytes`, is dropped */
};

/*
 * Names of files begin with `prefix` and end with `suffix`, and ascend with their age; both are
 * static. what: the directory's name in errors. It is made if it is missing, with mode 0700. NULL:
 * ERR_INTERNAL with the path.
 */
struct spool *spool_new(const char *what, const char *path, const char *prefix, const char *suffix,
                        const struct spool_limits *limits, struct error *err);
/* Writes what waits, for no longer than that. NULL is allowed. */
void spool_free(struct spool *s, int64_t limit_ms);

/* `name` is that of a file, and copied; `bytes`, of new memory, are taken. The thread is started
 * with the first. */
void spool_put(struct spool *s, const char *name, char *bytes, size_t n);

#endif
