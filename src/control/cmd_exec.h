/* exec, whole and in parts: exec, exec_open, exec_feed, exec_close. */
#ifndef CONTROL_CMD_EXEC_H
#define CONTROL_CMD_EXEC_H

#include "control/params.h"

/* Elements of `args`; more go through exec_open and exec_feed. */
#define EXEC_ARGS_MAX ((size_t)4096)

extern const struct method method_exec;
extern const struct method method_exec_open;
extern const struct method method_exec_feed;
extern const struct method method_exec_close;

/* The client ends: forgets its streams. The session, whose they are, must be closed before. */
void exec_free_all(struct client *c);

#endif
