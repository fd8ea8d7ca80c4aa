/*
 * A command under way: from its sending until its line is printed.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "ctl/session.h"

struct command {
	struct session *session; /* borrowed */
	const struct verb *verb;
	int id;
	char *who;          /* exec: as of output_reply(); owned */
	char *node;         /* as of struct output_mark; owned */
	size_t number;      /* the same */
	bool search;        /* create: the node runs search */
	bool follow;        /* it goes on asking */
	bool cancelled;     /* dtreed is asked to cancel it */
	bool done;          /* ordered: the line is complete */
	struct buffer line; /* ordered: waits for its turn */
	struct traced traced;
	struct command *prev; /* utlist, of session.ordered */
	struct command *next;
	struct command *due_prev; /* utlist, of session.commands */
	struct command *due_next;
};

/* A command of that row, which is due from now on; owned by the session, until it is finished. */
struct command *command_new(struct session *s, const struct verb *verb, int id);
/* Adds the line of its reply, with its marks. */
void command_line(const struct command *c, const struct dtree_reply *reply, struct buffer *line);
/* Its line is complete: takes the line, and frees the command when that is printed. */
void command_finish(struct command *c, struct buffer *line);
/* The same with the line of a reply, or of an error of this side; the session's status is that. */
void command_reply(struct command *c, const struct dtree_reply *reply);
void command_fail(struct command *c, int code, const char *text);

#endif
