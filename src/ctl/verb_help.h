/* What help says of the commands: how they are used, and what each does. */
#ifndef CTL_VERB_HELP_H
#define CTL_VERB_HELP_H

#include "ctl/verbs.h"

/* Adds the usage of a command at a place, in all its forms. */
void verb_describe(struct buffer *out, const struct verb *verb, enum verb_place place);
/* Adds the list of the commands of a place. */
void verb_list(struct buffer *out, enum verb_place place);

#endif
