/* The words of the settings link and link-security: tables, for the settings and the controller. */
#ifndef CONTROLLER_NODE_LINK_KIND_H
#define CONTROLLER_NODE_LINK_KIND_H

#include <stdbool.h>
#include <stddef.h>

/* Words by number; NULL past the last. */
const char *link_kind_at(size_t i);
const char *link_security_at(size_t i);

/* Do these words mean links over TCP, and links with a key? */
bool link_kind_is_tcp(const char *kind);
bool link_kind_has_key(const char *kind, const char *security);

#endif
