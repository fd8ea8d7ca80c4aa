/*
 * Writing JSON: values are appended to a buffer without a tree in between, so that a string of 64
 * MiB costs one copy.
 *
 * The caller opens and closes; commas are added. `key` is the member's name in an object; NULL in
 * an array or at the top. A buffer that is empty or ends in a line end begins a new text.
 */
#ifndef WIRE_JSON_WRITE_H
#define WIRE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

void json_open_object(struct buffer *b, const char *key);
void json_close_object(struct buffer *b);
void json_open_array(struct buffer *b, const char *key);
void json_close_array(struct buffer *b);

/* Any bytes: control bytes are escaped, what is not UTF-8 becomes U+FFFD. */
void json_add_string(struct buffer *b, const char *key, const char *s, size_t n);
/* The same for a string with a NUL behind it. */
void json_add_text(struct buffer *b, const char *key, const char *s);
/* A string of base64. */
void json_add_base64(struct buffer *b, const char *key, const char *bytes, size_t n);
/* The most bytes that one of a string takes. */
#define JSON_ESCAPED_MAX 6
/* Bytes that a string takes between its quotes. s is valid UTF-8. */
size_t json_string_size(const char *s, size_t n);
/* Exact for a reader of doubles up to JSON_INT_MAX. */
void json_add_int(struct buffer *b, const char *key, int64_t value);
void json_add_bool(struct buffer *b, const char *key, bool value);
void json_add_null(struct buffer *b, const char *key);
/* Text that is JSON already. */
void json_add_raw(struct buffer *b, const char *key, const char *json, size_t n);

#endif
