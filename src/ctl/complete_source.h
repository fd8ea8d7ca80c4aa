/*
 * What stands for a word in a usage and is known elsewhere: to dtreed, or to the user's own shell.
 */
#ifndef CTL_COMPLETE_SOURCE_H
#define CTL_COMPLETE_SOURCE_H

#include "ctl/complete.h"

/* The source of what "ID", "GROUP", "FILE" and the like stand for; NULL: none. */
const struct complete_source *complete_source_find(const struct word *value);

/* Adds a text that begins with the word that is completed; takes `about`, which may be NULL. */
void complete_add(struct completion *all, const char *text, char *about);
/* The same unless it is there. */
void complete_add_once(struct completion *all, const char *text, char *about);

#endif
