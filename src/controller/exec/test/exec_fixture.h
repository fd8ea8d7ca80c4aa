/*
 * For the tests of exec: a controller with nodes and sessions, and no process, no link and no
 * thread. What is posted to a node is noted; what it answers is said by the test.
 */
#ifndef TESTS_EXEC_FIXTURE_H
#define TESTS_EXEC_FIXTURE_H

#include "controller/node/core.h"
#include "wire/message.h"

#define POSTED_MAX 8192
#define TOLD_MAX   8192

extern struct controller world;
extern struct session *session;
extern struct session *other;
extern struct node node;       /* 5; it runs, as the others */
extern struct node fellows[2]; /* 6 and 7 */

/* A message that was posted to a node. */
struct posted {
	int node;
	enum message_type type;
	unsigned flags;
	uint64_t request;
	uint64_t offset; /* DATA */
	uint32_t newest; /* SWEEP */
	size_t size;
};
extern struct posted posted[POSTED_MAX];
extern size_t posted_count;

/* An outcome that was told. */
struct told {
	uintptr_t who;
	int id;
	struct error error;
	char result[32]; /* the beginning of it */
	bool available;
	uint64_t stream;
	size_t credit;
	bool ended;
};
extern struct told told[TOLD_MAX];
extern size_t told_count;
extern size_t quiet_count; /* how often the node was said to be quiet */

void exec_set_up(void);
void exec_tear_down(void);
void exec_turn(void);

/* An outcome_fn; arg is a number. */
void exec_note(void *arg, const struct outcome *outcome);
/* Asks node 5 to exec so many bytes of arguments. */
void exec_ask(struct session *s, size_t size, uintptr_t who);
/* Their node's answer to the request of that place among what was posted. */
void exec_answer(size_t place, unsigned flags, const char *text);
/* How many messages of that type were posted. */
size_t exec_posted(enum message_type type);
/* The place of the nth message of that type, from 0. */
size_t exec_place(enum message_type type, size_t nth);

#endif
