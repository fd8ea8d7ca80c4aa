/* exec in parts: exec_open, exec_feed, exec_close. */
#ifndef CONTROL_CMD_STREAM_H
#define CONTROL_CMD_STREAM_H

#include "control/method.h"

struct client;

extern const struct method method_exec_open;
extern const struct method method_exec_feed;
extern const struct method method_exec_close;

/* The client ends: frees its streams. The session must be closed before. */
void exec_stream_free_all(struct client *c);

#endif
