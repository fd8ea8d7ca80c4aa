/*
 * The shell on a terminal: a prompt with editing, history and completion. Replies and events are
 * printed above it.
 */
#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include <stddef.h>

#include "ctl/contact.h"

struct terminal;

/* How SIGINT (Ctrl-C) ended a line. */
enum interrupt {
	INTERRUPT_NONE,
	INTERRUPT_LINE,  /* a line that was begun, and is dropped */
	INTERRUPT_EMPTY, /* an empty line */
};

/* Takes the terminal; the contact (borrowed) and its loop turn while a line is typed. NULL: the
 * terminal cannot be used. */
struct terminal *terminal_open(struct contact *contact);
/* Gives the terminal back and saves the history. */
void terminal_close(struct terminal *terminal);

/*
 * Reads one line, with its line end; borrowed until the next call. NULL at the end of the input, on
 * events of the loop, or at an interrupt: *events and *interrupt tell which. Other signals leave
 * the typed text as it is; one that ends the shell is in the loop's `signal`.
 */
const char *terminal_line(struct terminal *terminal, size_t *n, unsigned *events,
                          enum interrupt *interrupt);

#endif
