/* Runs a loop until something was counted. */
#ifndef TESTS_AWAIT_H
#define TESTS_AWAIT_H

#include <ev.h>
#include <stddef.h>

/* Until *count is that much at least. The test fails if that takes more than 30 s. */
void await_count(struct ev_loop *loop, const size_t *count, size_t wanted);

#endif
