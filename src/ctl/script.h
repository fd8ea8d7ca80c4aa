/*
 * The shell's language: bytes of commands in, commands sent. It knows nothing of where the bytes
 * come from.
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
	SCRIPT_ASK,  /* behind a bare exec: does the node take two lines? */
	SCRIPT_TEXT, /* in those lines */
};

struct script {
	struct session *session; /* borrowed */
	struct reader reader;
	enum script_state state;
	int id;         /* ASK: the node */
	unsigned lines; /* TEXT: lines to come */
	bool exit;      /* `exit` was read: nothing more is taken */
};

/* Commands under way at which no further one is read, and streams. */
#define SCRIPT_DUE     256
#define SCRIPT_STREAMS 16

void script_open(struct script *script, struct session *session);
void script_close(struct script *script);
/* Takes bytes (which may be changed) and gives how many: fewer than n while it has to wait for
 * dtreed, or once it has read `exit`. */
size_t script_take(struct script *script, char *bytes, size_t n);
/* Gives up what is due, and what was read of a command that is not complete. */
void script_cancel(struct script *script);
/* The input has ended. False: it has to wait for dtreed; call it again. */
bool script_end(struct script *script);

#endif
