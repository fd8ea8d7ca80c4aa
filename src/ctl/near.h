/* A node that is not there: which one was meant. */
#ifndef CTL_NEAR_H
#define CTL_NEAR_H

#include "dtree/client.h"

/* On standard error, if that is a terminal: the node whose name or id is like this, "@NAME" or an
 * id; dtreed is asked. Nothing where none is, or dtreed does not answer at once. */
void near_tell(struct dtree_client *client, const char *node);

#endif
