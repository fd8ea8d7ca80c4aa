/*
 * A control socket on a loop, with a fake controller behind it, and clients of it in the same
 * thread: functions that wait turn the loop.
 */
#ifndef TESTS_CONTROL_FIXTURE_H
#define TESTS_CONTROL_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

#include "control/socket.h"
#include "control/test/fake_controller.h"

extern struct controller *fake;
extern struct control *control;
extern struct ev_loop *loop;
/* How often control called its shutdown function. */
extern int shutdowns;
/* How often it called its reload function, and the last time with what. */
struct reloads {
	size_t count;
	uint64_t question;
	struct reload_request request;
};
extern struct reloads reloads;

/* The client of a test in a CONTROL_SUITE. */
extern struct peer *peer;

/* A suite whose tests begin with a control socket with default settings, and a client of it. */
#define CONTROL_SUITE(name, seconds) \
	TestSuite(name, .init = control_set_up, .fini = control_tear_down, .timeout = (seconds))
void control_set_up(void);
void control_tear_down(void);

/* line_max and clients_max as in struct control_config. */
void control_start(size_t line_max, size_t clients_max);
void control_stop(void);

/* Groups whose members have roles. */
#define OPERATORS 23456
#define OBSERVERS 23457

struct peer {
	int fd;
	struct buffer in;
};

struct peer *peer_new(void);
void peer_free(struct peer *p);
/* Writes all of it; turns the loop while the socket is full. */
void peer_write(struct peer *p, const char *bytes, size_t n);
/* The text and a line end. */
void peer_send(struct peer *p, const char *line);
/* The next line, without its end; NULL: closed. Owned by the caller. */
char *peer_line(struct peer *p);
/* The next line is this one. */
void peer_expect(struct peer *p, const char *line);
/* The next line holds this text. */
void peer_expect_part(struct peer *p, const char *part);
/* One line, and its reply as above. */
void peer_ask(struct peer *p, const char *line, const char *reply);
/* A request with the id 1, and its result. */
void peer_call(struct peer *p, const char *method, const char *params, const char *result);
/* A request with the id 1, and the error's code and a part of its line. */
void peer_fail(struct peer *p, const char *method, const char *params, int code, const char *part);
/* The connection is closed, and nothing came before. */
void peer_expect_end(struct peer *p);

/* The peer gets a LIMIT and is closed; frees it. */
void peer_expect_refusal(struct peer *p);

/* Turns the loop as long as it has something to do. */
void settle(void);
/* Milliseconds after which waiting has failed, even on a slow machine. */
#define PATIENCE 90000
/* Turns the loop until the condition holds; fails when patience ends. */
#define wait_for(condition) \
	for (int64_t end_ = clock_ms() + PATIENCE; !(condition);) { \
		cr_assert_lt(clock_ms(), end_, "%s", #condition); \
		ev_run(loop, EVRUN_NOWAIT); \
	}

#endif
