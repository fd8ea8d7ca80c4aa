/* What the files of asks share. */
#ifndef SIM_ASKS_INTERNAL_H
#define SIM_ASKS_INTERNAL_H

#include "sim/asks.h"

/* Of nodes, by their ids; NULL: none. */
#define ASK_GROUPS 3
extern const char *const ask_groups[ASK_GROUPS];

const struct plan *asks_plan(void);
struct session *asks_session(size_t session);
/* One that is asked now; valid until the next one. */
struct ask *ask_open(size_t session, enum ask_kind kind, int node);
/* Its outcome goes there, with this. */
void ask_done(void *arg, const struct outcome *outcome);
void *ask_arg(const struct ask *ask);

#endif
