/*
 * Values of single keys: each reader takes the whole text or refuses it, as ERR_PARAMS that begins
 * with the key. Pure.
 */
#ifndef PROGRAM_VALUE_H
#define PROGRAM_VALUE_H

#include <stdint.h>

#include "base/choice.h"
#include "base/error.h"

/* Text of any kind: not empty, UTF-8, of one line. */
int program_value_text(const char *key, const char *value, struct error *err);
/* `[+-]?[0-9]+` within the bounds. */
int program_value_number(const char *key, const char *value, int64_t min, int64_t max,
                         int64_t *number, struct error *err);
/* `[0-9]+[KMGT]?` within the bounds; the letters stand for powers of 1024. */
int program_value_size(const char *key, const char *value, int64_t min, int64_t max, int64_t *bytes,
                       struct error *err);
/* Up to four octal digits: the bits of a mode. */
int program_value_mask(const char *key, const char *value, int64_t max, int64_t *mask,
                       struct error *err);
/* One of the words: its number. */
int program_value_choice(const char *key, const char *value, choice_fn *words, unsigned *number,
                         struct error *err);
/* An absolute path. */
int program_value_path(const char *key, const char *value, struct error *err);
/* The name of a user or group, or its number. */
int program_value_account(const char *key, const char *value, struct error *err);
/* Command words: the first is an absolute path or a name that is looked for. */
int program_value_command(const char *key, char *const *words, struct error *err);
/* "NAME=value", with a NAME that a shell knows too, and that is not one of those set for each
 * program. */
int program_value_assignment(const char *key, const char *word, struct error *err);
/* "NAME:PATH": a name of letters, digits, ".", "_" and "-", and an absolute path. */
int program_value_credential(const char *key, const char *value, struct error *err);

#endif
