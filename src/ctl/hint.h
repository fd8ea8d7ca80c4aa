/*
 * What a word that is no command was probably meant to be. Pure.
 */
#ifndef CTL_HINT_H
#define CTL_HINT_H

#include "base/choice.h"
#include "ctl/words.h"

/* The command that others call so, or whose name is nearly that; NULL: none. Static storage. */
const char *hint_command(const struct word *word, choice_fn *names);
/* Does the word ask for help, as -h, --help and -? do? */
bool hint_asks_help(const struct word *word);

#endif
