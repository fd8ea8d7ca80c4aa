/*
 * A backup of a state directory, also of one that a dtreed and its workers are writing: nobody is
 * asked or stopped, and no lock of theirs is taken.
 *
 * Each store and each other database is what it was at one moment between begin and end; what was
 * acknowledged before the begin is in it. The registry is copied last, and all its nodes' data
 * before: while a registry names a node whose data is not copied yet, that is done, and the
 * registry is copied again. So a node that is in the backup has its data there, and no node is
 * there that was killed before the end. Where nodes come all the time, this ends after some rounds,
 * and those that came last are there as they were made, without data.
 */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct backup_config {
	const char *state_dir;
	const char *file; /* the archive; what was there before is replaced by a whole one */
	bool (*interrupted)(void); /* ends it; asked between files */
};

struct backup_result {
	size_t nodes;
	size_t files;
	int64_t bytes; /* of contents */
	size_t
	    bare; /* nodes that came last, and are there without data; while others came and went */
	size_t skipped; /* sockets, pipes, devices, and directories of other file systems */
};

/* -1: there is no archive, and what was at the file's path is as it was. */
int backup_run(const struct backup_config *config, struct backup_result *result, struct error *err);

#endif
