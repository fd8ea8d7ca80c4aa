/* `top` and `tree --watch`: a whole terminal, until the user leaves it. */
#ifndef CTL_SCREEN_H
#define CTL_SCREEN_H

#include "ctl/top_options.h"

/* Of `top`; NULL: the tree is shown. Gives the exit status; 0 also at Ctrl-C. A dtreed that is
 * lost is looked for again. */
int screen_run(const char *path, const struct top_options *top);

#endif
