/* The method about what nodes' programs have said. */
#ifndef CONTROL_CMD_LOGS_H
#define CONTROL_CMD_LOGS_H

#include "control/method.h"

struct client;
struct control;

extern const struct method method_logs;

void logs_open(struct control *control);
/* After all clients are freed. */
void logs_close(struct control *control);
/* The client ends: its questions are dropped. Its session must be closed before. */
void logs_free_all(struct client *c);

#endif
