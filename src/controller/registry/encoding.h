/*
 * Rows and the head of the registry as text: one line of NAME=VALUE, all of them, in one order, one
 * blank between them. Bytes of strings that would break this are written as %HH. Only what
 * registry_*_text() makes is read: other spellings of the same are refused. A field that former
 * versions did not have is left out while it is 0 or empty, so that their rows are read.
 */
#ifndef CONTROLLER_REGISTRY_ENCODING_H
#define CONTROLLER_REGISTRY_ENCODING_H

#include "controller/registry/registry.h"

/* All of it but the data id, which is the row's key. New memory. A string that is NULL counts as
 * "".
 */
char *registry_row_text(const struct registry_row *row);
char *registry_head_text(const struct registry_head *head);

/* Fills in what the text holds (a zeroed record is given: what is left out stays so); the strings
 * point into it, as it is written over. -1 with ERR_INTERNAL: it is not such a text. */
int registry_row_parse(char *text, struct registry_row *row, struct error *err);
int registry_head_parse(char *text, struct registry_head *head, struct error *err);

#endif
