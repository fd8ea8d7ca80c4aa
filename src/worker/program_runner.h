/*
 * Runs a node's requests by a program (program/engine.h), on the loop: puts the parts of a request
 * together, and makes of an answer what the reply cache knows.
 */
#ifndef WORKER_PROGRAM_RUNNER_H
#define WORKER_PROGRAM_RUNNER_H

#include <ev.h>

#include "dtree/service.h"
#include "wire/message.h"
#include "worker/executor.h"
#include "worker/runner.h"

struct program_runner;

/* As runner_new(), with a work that has a program, which is taken over. */
struct program_runner *program_runner_new(struct ev_loop *loop, const struct dtree_node *node,
                                          const struct work *work, runner_update_fn *update,
                                          void *arg);
/* Another dtreed has taken the node over. */
void program_runner_adopted(struct program_runner *r);
/* As engine_renew(). */
void program_runner_renew(struct program_runner *r, pid_t pid);
/* Another program takes the place of the one at work (program/program.h): 0, and it is taken over;
 * -1: too many former ones are at work. */
int program_runner_reload(struct program_runner *r, struct program_spec *spec);
/* Its program is that of the node no longer; it goes on. */
void program_runner_retire(struct program_runner *r);
/* What runs is killed; nobody is told. */
void program_runner_free(struct program_runner *r);

/* EXEC, DATA or CANCEL. Its update may be given before this returns. */
void program_runner_take(struct program_runner *r, const struct message *m);
/* Does its program take the standard input of a request? */
bool program_runner_takes_input(const struct program_runner *r);
void program_runner_unstore(struct program_runner *r, size_t size);
/* What is complete is run, what is half sent is dropped; then the program is ended, and `done`
 * called. */
void program_runner_finish(struct program_runner *r, runner_done_fn *done, void *arg);

#endif
