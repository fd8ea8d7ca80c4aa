/* Lines of the log for events that nobody logs where they happen. */
#ifndef DAEMON_EVENT_LINES_H
#define DAEMON_EVENT_LINES_H

#include "controller/controller.h"

struct event_lines;

/* The controller is borrowed. */
struct event_lines *event_lines_new(struct controller *controller);
/* Also NULL. Before the controller. */
void event_lines_free(struct event_lines *lines);

#endif
