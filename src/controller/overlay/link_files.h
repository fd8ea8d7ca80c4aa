/*
 * The socket files in the directory of the links. They may be taken away by somebody who cleans up:
 * links that are there go on, but nobody new finds the way, to the controller, to its workers' log,
 * or to a node. Here they are made anew; a node is told by SIGHUP to do so.
 */
#ifndef CONTROLLER_OVERLAY_LINK_FILES_H
#define CONTROLLER_OVERLAY_LINK_FILES_H

#include <stdbool.h>

struct controller;
struct worker_log;

/* Is there to be a file of that name in the directory? */
bool link_files_expect(const struct controller *c, const struct worker_log *log, const char *name);
/* Looks at all of them. What is missing is logged once, and made. false: it cannot be made now. */
bool link_files_check(struct controller *c, struct worker_log *log);

#endif
