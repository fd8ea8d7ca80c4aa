/*
 * The shell on a terminal: a prompt with editing, history and completion, above which lines that
 * come on their own are printed.
 */
#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include <stddef.h>

#include "ctl/contact.h"

struct terminal;

/* Why a line is not complete: SIGINT, as Ctrl-C gives it. */
enum interrupt {
	INTERRUPT_NONE,
	INTERRUPT_LINE,  /* one that was begun, and is dropped */
	INTERRUPT_EMPTY, /* nothing was typed */
};

/* Takes the terminal; the contact (borrowed) and its loop turn while a line is being typed. NULL
 * where the terminal cannot be used. */
struct terminal *terminal_open(struct contact *contact);
/* Gives the terminal back and saves the history. */
void terminal_close(struct terminal *terminal);

/*
 * Reads one line, with its line end; borrowed until the next call. NULL at the end of the input, or
 * when the loop reported something, or at an interrupt: *events and *interrupt are then what. Other
 * signals change neither what is typed nor what is shown of it; one that ends the shell is in the
 * loop's `signal`.
 */
const char *terminal_line(struct terminal *terminal, size_t *n, unsigned *events,
                          enum interrupt *interrupt);

#endif
