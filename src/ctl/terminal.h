/*
 * The shell on a terminal: a prompt with editing, history and completion, above which lines that
 * come on their own are printed.
 */
#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include <stddef.h>

#include "ctl/contact.h"

struct terminal;

/* Takes the terminal; the contact (borrowed) and its loop turn while a line is being typed. NULL
 * where the terminal cannot be used. */
struct terminal *terminal_open(struct contact *contact);
/* Gives the terminal back and saves the history. */
void terminal_close(struct terminal *terminal);

/*
 * Reads one line, with its line end; borrowed until the next call. NULL at the end of the input, or
 * when the loop reported something: *events is then what, 0 for the end of the input.
 */
const char *terminal_line(struct terminal *terminal, size_t *n, unsigned *events);

#endif
