/*
 * What this node was asked, and what it answered: so that a request that is sent again over another
 * way runs once, and an answer that got lost is given again. Stands between the links and the
 * runner, on the loop's thread.
 *
 * An answer is kept until the controller says that it has arrived: with a later EXEC ("settled"),
 * or, for a large one, at once with SETTLED.
 */
#ifndef WORKER_LEDGER_H
#define WORKER_LEDGER_H

#include <ev.h>

#include "dtree/service.h"
#include "wire/message.h"
#include "worker/runner.h"

struct ledger;

/* How answers leave; the message is borrowed for the call. */
typedef void ledger_answer_fn(void *arg, struct message *m);

/* Makes the runner too. The node is copied; its strings and the service are borrowed for ever. */
struct ledger *ledger_new(struct ev_loop *loop, const struct dtree_node *node,
                          const struct dtree_service *service, ledger_answer_fn *answer, void *arg);
/* Only before anything was taken, or when it has finished. */
void ledger_free(struct ledger *l);

/* A message of type EXEC, DATA, CANCEL, CREDIT or SETTLED for this node. */
void ledger_take(struct ledger *l, const struct message *m);

/* Another controller is here, which knows of no request. What is complete still runs, and is
 * answered to nobody; what is half sent is cancelled. */
void ledger_adopt(struct ledger *l);
/* As runner_finish(): answers leave before `done` is called. */
void ledger_finish(struct ledger *l, runner_done_fn *done, void *arg);

#endif
