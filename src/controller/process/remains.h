/*
 * What programs of a worker have outside of its process, and what is left when it was killed:
 * control groups with processes in them, and directories with credentials. Each life of a node has
 * a place for them, named by its incarnation; what belongs to no living worker is removed.
 */
#ifndef CONTROLLER_PROCESS_REMAINS_H
#define CONTROLLER_PROCESS_REMAINS_H

#include <ev.h>
#include <stdint.h>

struct remains;

struct remains_config {
	const char *groups;      /* paths of control groups up to a number; NULL: none. Borrowed */
	const char *credentials; /* the directory; NULL: there are none. Borrowed */
	int lives;               /* the file of places (base/lock.h) */
};

/* Removes what former workers have left. */
struct remains *remains_new(struct ev_loop *loop, const struct remains_config *config);
/* The same once more, and waits for processes that were killed, so long at the most. NULL: nothing.
 */
void remains_free(struct remains *r, int64_t limit_ms);

/* The control group of the programs of that life, and where they have their credentials: new
 * memory, or NULL. */
char *remains_group(const struct remains *r, uint32_t incarnation);
char *remains_credentials(const struct remains *r, uint32_t incarnation);
/* Its worker has ended. */
void remains_end(struct remains *r, uint32_t incarnation);

#endif
