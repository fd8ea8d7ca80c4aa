/*
 * The fields of a spec that are owned: strings, and arrays of strings that NULL ends (none: NULL).
 * What is refused leaves the field as it was.
 */
#ifndef PROGRAM_FIELD_H
#define PROGRAM_FIELD_H

#include "base/error.h"

/* In place of what is there. The value is copied. */
void program_field_string(char **field, const char *value);
/* One string more. */
void program_field_add(char ***field, const char *value);
void program_field_clear(char ***field);

/* The words of a command line, in place of what is there. */
int program_field_command(const char *key, char ***field, const char *value, struct error *err);
/* Any words, in place of what is there. */
int program_field_words(const char *key, char ***field, const char *value, struct error *err);
/* Two words, in place of what is there. */
int program_field_pair(const char *key, char **line, char **answer, const char *value,
                       struct error *err);
/* Words NAME=value more; each takes the place of a former one of that name. */
int program_field_assign(const char *key, char ***field, const char *value, struct error *err);
/* One NAME:PATH more; it takes the place of a former one of that name. */
int program_field_credential(const char *key, char ***field, const char *value, struct error *err);

#endif
