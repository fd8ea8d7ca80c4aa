/*
 * The method reload: the configuration is read again. Control asks its owner for that by
 * control_config.reload(), and is told what came of it by control_reloaded().
 */
#ifndef CONTROL_CMD_RELOAD_H
#define CONTROL_CMD_RELOAD_H

#include "control/method.h"

struct client;
struct control;

extern const struct method method_reload;

/* The client ends: nobody hears what it asked. */
void reload_forget_all(struct client *c);

#endif
