/* The words of `backup` and `restore`. */
#ifndef CTL_BACKUP_WORDS_H
#define CTL_BACKUP_WORDS_H

#include <stddef.h>

#include "ctl/verbs.h"

/* The words of the command, its name first, as the program takes them: options with their values,
 * the command, its file. New memory, as its strings, for backup_words_free(); NULL: it is not used
 * so. */
char **backup_words_read(const struct words *words, size_t *count);
void backup_words_free(char **line, size_t count);

int arguments_backup(const struct words *args, struct order *order, struct error *err);

#endif
