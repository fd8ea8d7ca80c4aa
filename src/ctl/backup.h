/* `backup` and `restore`: become the program that copies the state of a tree. */
#ifndef CTL_BACKUP_H
#define CTL_BACKUP_H

#include "ctl/options.h"
#include "ctl/words.h"

/* The words of the command, its name first. Returns only if it fails: the exit status. */
int backup_become(const struct options *o, const struct words *words);

#endif
