/* exec_all: exec at many nodes at once. */
#ifndef CONTROL_CMD_ALL_H
#define CONTROL_CMD_ALL_H

#include "control/method.h"

extern const struct method method_exec_all;

/* Adds the error of one of many nodes. */
void cmd_all_add_error(struct buffer *b, int id, const struct error *err);

#endif
