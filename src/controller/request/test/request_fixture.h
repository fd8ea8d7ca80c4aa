/* For the tests of requests: the loop turns as the test says, and what is told is noted. */
#ifndef TESTS_REQUEST_FIXTURE_H
#define TESTS_REQUEST_FIXTURE_H

#include <stdint.h>

#include "controller/request/completion.h"
#include "controller/request/request.h"

#define NODE     5
#define TOLD_MAX ((size_t)4 * COMPLETIONS_TURN)

extern struct ev_loop *loop;
extern struct requests *all;
extern struct session *session;

/* What was told, in order: the args, as numbers, and the codes. */
struct told {
	uintptr_t who;
	enum error_code code;
};
extern struct told told[TOLD_MAX];
extern size_t told_count;

/* With deadlines far away, or so soon. */
void set_up(void);
void set_up_with(int64_t timeout_ms);
void tear_down(void);
/* One turn of the loop, without waiting. */
void turn(void);

/* An outcome_fn. */
void note(void *arg, const struct outcome *outcome);
void assert_told(size_t place, uintptr_t who, enum error_code code);

/* For the rows of other kinds: it is under way; it fails. */
void start(struct controller *c, struct request *r);
void expire(struct controller *c, struct request *r);

extern const struct request_kind at_once;    /* finishes as it starts */
extern const struct request_kind read_later; /* the same, and its asker reads when it is told */
extern const struct request_kind later;
extern const struct request_kind barrier;
extern const struct request_kind brief_barrier; /* finishes as it starts */
extern const struct request_kind behind_barriers;

/* A request in the session's lane of NODE. */
struct request *ask(const struct request_kind *kind, uintptr_t who);
void finish(struct request *r);

#endif
