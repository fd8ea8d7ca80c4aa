/* The configuration is read by a thread of its own: files may be where they take their time, and
 * libraries are tried. */
#ifndef DAEMON_RELOAD_READING_H
#define DAEMON_RELOAD_READING_H

#include <ev.h>

#include "daemon/reload.h"

struct reload_reading;

/* Calls `done` once, from the loop. The source is copied. NULL: there is no thread. */
struct reload_reading *reload_reading_new(struct ev_loop *loop, const struct reload_source *source,
                                          void (*done)(void *arg), void *arg, struct error *err);
/* Once it is done: what was read, its mistakes, and what its services lack. The caller frees all.
 */
void reload_reading_take(struct reload_reading *r, struct config *config, struct mistakes *found,
                         struct mistakes *warnings);
/* Also NULL. One that is not done goes on unheard. */
void reload_reading_free(struct reload_reading *r);

#endif
