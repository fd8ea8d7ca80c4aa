/* What service a node has; session_ask_search() is in session.h. */
#ifndef CTL_SESSION_ASK_H
#define CTL_SESSION_ASK_H

#include "ctl/session.h"

#define SESSION_SEARCH "search"

/* A create of the session was answered: with a node, if that is good. */
void session_ask_created(struct session *s, int id, bool good, bool search);

#endif
