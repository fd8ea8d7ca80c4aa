/*
 * The shell's language: takes bytes of commands and sends the commands, wherever the bytes come
 * from.
 */
#ifndef CTL_SCRIPT_H
#define CTL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/reader.h"
#include "ctl/session.h"

enum script_state {
	SCRIPT_COMMANDS,
	SCRIPT_EXEC, /* in a long exec line */
	SCRIPT_ASK,  /* behind a bare exec, until it is known whether the node takes two lines */
	SCRIPT_TEXT, /* in those lines */
};

struct script {
	struct session *session; /* borrowed */
	struct reader reader;
	enum script_state state;
	int id;                   /* ASK: the node */
	struct exec_options exec; /* ASK: of its exec */
	unsigned lines;           /* TEXT: lines to come */
	bool exit;                /* `exit` was read: takes nothing more */
};

/* With this many commands or streams under way no further command is read. */
#define SCRIPT_DUE     256
#define SCRIPT_STREAMS 16

void script_open(struct script *script, struct session *session);
void script_close(struct script *script);
/* Takes bytes (which it may change) and gives how many: fewer than n while it waits for dtreed, or
 * after `exit`. */
size_t script_take(struct script *script, char *bytes, size_t n);
/* Gives up the commands that are due, and an incomplete command. */
void script_cancel(struct script *script);
/* Call it at the end of the input. false: it waits for dtreed; call it again. */
bool script_end(struct script *script);

#endif
