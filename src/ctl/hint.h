/*
 * Which command a word that is none was probably meant to be. Pure.
 */
#ifndef CTL_HINT_H
#define CTL_HINT_H

#include "base/choice.h"
#include "ctl/words.h"

/* The command that has this name in other programs, or a similar name; NULL: none. Static
 * storage. */
const char *hint_command(const struct word *word, choice_fn *names);
/* Does the word ask for help, as -h, --help and -? do? */
bool hint_asks_help(const struct word *word);

#endif
