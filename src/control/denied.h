/* What was refused for lack of a role: counted, and logged once a minute. */
#ifndef CONTROL_DENIED_H
#define CONTROL_DENIED_H

#include "control/client.h"
#include "control/method.h"

/* Somebody was refused, as the text says. */
void denied_note(struct control *control, const char *text);
/* May the client call the method? 0, or -1 with ERR_DENIED, which is noted. */
int denied_check(struct client *c, const struct method *method, struct error *err);

#endif
