/* The system's groups whose members may use the control socket. */
#ifndef DAEMON_GROUPS_H
#define DAEMON_GROUPS_H

#include "control/peer.h"
#include "daemon/setting.h"

/* The word for no group. */
#define GROUPS_NONE "none"

/* A group by its name or number; GROUPS_NONE: nobody is in it. -1 with ERR_PARAMS: there is no such
 * group. May ask the network, where the system is set up so. */
int groups_find(const char *name, struct peer_group *group, struct error *err);
/* The same of a setting. One that only a default names need not be there; a private tree is its
 * user's, and has none. */
int groups_of_setting(const struct config *config, const char *setting, const char *name,
                      struct peer_group *group, struct error *err);
/* Both of them. */
int groups_of(const struct config *config, struct peer_groups *groups, struct error *err);
/* The mode of the control socket: who has a role is decided by credentials, so every user must
 * reach it, unless nobody but root and this user has one. */
mode_t groups_mode(const struct peer_groups *groups);

#endif
