/* The method change. */
#ifndef CONTROL_CMD_CHANGE_H
#define CONTROL_CMD_CHANGE_H

#include "control/method.h"

extern const struct method method_change;

/* Adds the member `changed`: what these bits of enum node_change are called. */
void cmd_add_changed(struct buffer *b, unsigned changed);

#endif
