/* For the tests of sweeps and their users: exec_fixture.h with a logical tree, incarnations, and
 * the tallies of nodes. */
#ifndef TESTS_SWEEP_FIXTURE_H
#define TESTS_SWEEP_FIXTURE_H

#include "controller/exec/test/exec_fixture.h"
#include "wire/tally.h"

/* The lives of nodes 5, 6 and 7, all below the controller. */
#define INCARNATION(id) ((uint32_t)(id) + 10)

void sweep_set_up(void);
void sweep_tear_down(void);
/* Node 6 is linked below node 5. */
void sweep_link_below(void);
/* The node's process is gone. */
void sweep_die(struct node *n);
/* Another life of the node runs. */
void sweep_live_again(struct node *n);
/* The nth SWEEP that was posted to that node, from 0. */
const struct posted *sweep_sent(int id, size_t nth);
size_t sweep_sent_count(int id);
/* The node says the tally, which is cleared, to that SWEEP. */
void sweep_say(int id, const struct posted *to, struct tally *t, unsigned flags);
/* Turns of the loop, which waits in them, until so many outcomes are told. */
void sweep_await_told(size_t count);

#endif
