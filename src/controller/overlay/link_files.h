/*
 * The socket files in the directory of the links. Something that cleans up may remove them: links
 * that exist go on, but new ones to the controller, to its workers' log or to a node cannot be
 * made. The controller makes its files again, and tells each node by SIGHUP to make its own.
 */
#ifndef CONTROLLER_OVERLAY_LINK_FILES_H
#define CONTROLLER_OVERLAY_LINK_FILES_H

#include <stdbool.h>
#include <stdint.h>

struct controller;
struct node;
struct worker_log;

/* The file of a life's link to its children; incarnation 0: of the controller's. New memory. */
char *link_files_path(const struct controller *c, uint32_t incarnation);
/* Where the children of a node connect; NULL: those of the controller. New memory. */
char *link_files_endpoint(const struct controller *c, const struct node *n);
/* Does a file of that name belong into the directory? */
bool link_files_expect(const struct controller *c, const struct worker_log *log, const char *name);
/* Looks at all files. A missing one is logged once, and made. false: one cannot be made now. */
bool link_files_check(struct controller *c, struct worker_log *log);

#endif
