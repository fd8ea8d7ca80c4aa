/* `check-service`: becomes the program that tries a service. */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include "ctl/options.h"
#include "ctl/words.h"

/* The words behind the command, which arguments_check() has looked at. Where no option says what is
 * declared, dtreed is asked. Returns only if it fails: the exit status. */
int check_become(const struct options *o, const struct words *args);

#endif
