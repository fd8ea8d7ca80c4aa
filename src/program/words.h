/*
 * Words out of a value, by quotes and backslashes as systemd.syntax(7) has them under "Quoting":
 * words stand between blanks; "…" and '…' keep blanks; the escapes of C, and \s for a blank, are
 * known in both and outside. Nothing else means anything: no variables, no specifiers. Pure.
 */
#ifndef PROGRAM_WORDS_H
#define PROGRAM_WORDS_H

#include <stddef.h>

#include "base/error.h"

/* The words of the text, NULL behind the last; the caller frees them. `what` names the text in the
 * error; NULL with ERR_PARAMS where a quote stays open or an escape means nothing. */
char **program_words_split(const char *what, const char *text, struct error *err);
void program_words_free(char **words);
size_t program_words_count(char *const *words);

/* The word in quotes, as program_words_split() reads it. New memory. */
char *program_words_quote(const char *word);

#endif
