/*
 * How the links of the tree are made: over Unix sockets or over TCP, and there with which key. A
 * worker of a former dtreed can be linked to this one only if its links are made in the same way.
 *
 * The key is in a file of the state directory, for workers and for the next dtreed, until the last
 * process of the tree is gone.
 */
#ifndef CONTROLLER_OVERLAY_LINK_FORM_H
#define CONTROLLER_OVERLAY_LINK_FORM_H

#include "controller/node/core.h"

/* The file. */
#define LINK_KEY_NAME "link.key"

/* Takes the key of a former dtreed, or makes one. Before the registry is read. */
int link_form_init(struct controller *c, struct error *err);
/* Opens what all links of this process share: controller.context. */
int link_form_open(struct controller *c, struct error *err);
void link_form_stop(struct controller *c);

/* How an endpoint of the tree begins: ENDPOINT_IPC or ENDPOINT_TCP. */
const char *link_form_scheme(const struct controller *c);
/* Makes the file with the key again if it is gone, before a worker needs it. */
int link_form_renew(const struct controller *c, struct error *err);
/* The file with the key; NULL: there is no key. Borrowed. */
const char *link_form_key_path(const struct controller *c);
/* The form as one word, which two dtreeds have in common if one can go on with the other's links;
 * "": over Unix sockets. Borrowed. */
const char *link_form_word(const struct controller *c);
/* No process that has the key lives any more: its file is removed, also that of a former dtreed
 * whose links had a key. */
void link_form_drop(const struct controller *c);

#endif
