/*
 * The socket files in the directory of the links. They may be taken away by somebody who cleans up:
 * links that are there go on, but nobody new finds the way, to the controller, to its workers' log,
 * or to a node. Here they are made anew; a node is told by SIGHUP to do so.
 */
#ifndef CONTROLLER_OVERLAY_LINK_FILES_H
#define CONTROLLER_OVERLAY_LINK_FILES_H

#include <stdbool.h>

struct controller;

/* Is there to be a file of that name in the directory? */
bool link_files_expect(const struct controller *c, const char *name);
/* Looks at all of them. What is missing is logged once, and made. */
void link_files_check(struct controller *c);

#endif
