/* Which file a worker's program is: that of a running process, and the one at a path now. Once the
 * file at the path is replaced, as by an upgrade, they differ. */
#ifndef CONTROLLER_PROCESS_WORKER_FILE_H
#define CONTROLLER_PROCESS_WORKER_FILE_H

#include <stdbool.h>
#include <sys/types.h>

/* A file that a process runs keeps its number as long as it does. */
struct worker_file {
	dev_t device;
	ino_t inode; /* 0: not known */
};

/* The file that a start of that program runs now. */
struct worker_file worker_file_at(const char *path);
/* The file that the process runs, which may be gone from its directory. */
struct worker_file worker_file_of(pid_t pid);
/* Are both known, and two files? */
bool worker_file_differs(const struct worker_file *a, const struct worker_file *b);

#endif
