/* `complete`: words of dtreectl's own command line, for the user's shell. */
#ifndef CTL_COMPLETE_ASK_H
#define CTL_COMPLETE_ASK_H

#include "ctl/options.h"
#include "ctl/output.h"
#include "ctl/words.h"

/* Adds a line for each text that the last of the words behind `complete` may become, with what it
 * is behind a tab; the line "files:" or "directories:" where it is one of these. Without a
 * dtreed it says what is known without one. */
void complete_ask(const struct options *o, const struct words *args, struct output *out);

#endif
