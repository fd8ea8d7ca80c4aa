/*
 * A directory with all below it, from where it is to an archive. What is gone before it is read is
 * not in it, and no error.
 */
#ifndef BACKUP_DIRECTORY_H
#define BACKUP_DIRECTORY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "backup/archive.h"
#include "backup/backup.h"
#include "backup/stage.h"

struct directory_copy {
	struct archive *archive; /* all of it borrowed */
	struct stage *stage;
	bool (*interrupted)(void);    /* ends it; asked between files */
	struct backup_result *result; /* counts what is added, and what is not */
	dev_t device;                 /* other file systems are not entered */
};

struct archive_entry directory_entry(const char *name, const struct stat *st);
/* name: in the archive; its last part is its name in `dir`, whose path is `path`. -1 with
 * ERR_NOT_FOUND: there is none; or with what cannot be copied. */
int directory_add(struct directory_copy *c, int dir, const char *path, const char *name,
                  struct error *err);
/* A copy of a file, as the stage gave it. */
int directory_add_staged(struct directory_copy *c, const struct staged *staged, const char *name,
                         struct error *err);

#endif
