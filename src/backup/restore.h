/*
 * Puts a backup into a state directory that has no tree. All of it is written aside and synced,
 * then moved into its place, the registry last: a restore that is cut off leaves a directory
 * without a tree, and the next one begins anew, or moves what is whole.
 */
#ifndef BACKUP_RESTORE_H
#define BACKUP_RESTORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct restore_config {
	const char *file;
	const char *state_dir; /* exists */
	int state;             /* its descriptor; its lock is held */
};

struct restore_result {
	size_t nodes;
	size_t files;
	int64_t bytes;
};

/*
 * What belonged to the user of the state directory belongs to the user of this one; other owners
 * are kept by root, and get lost for other users. -1 with an error that names the culprit, and
 * nothing was changed.
 */
int restore_run(const struct restore_config *config, struct restore_result *result,
                struct error *err);

#endif
