/*
 * The tree of a text that json_check() has passed. cJSON's own parser compares each value with
 * three words and reads each number with strtod(), and takes three pieces of memory for a member;
 * this one takes the text at its word, and one piece.
 */
#ifndef WIRE_JSON_TREE_H
#define WIRE_JSON_TREE_H

#include <cjson/cJSON.h>

#include "wire/json.h"

/* Bits of cJSON's `type` beside its own, which are the lowest ten (cJSON.h). */
#define JSON_INEXACT (1 << 16)
#define JSON_WHOLE   (1 << 17) /* inexact only because of a fraction of zeros */

/* What json_check() has found in that text, and nothing else. NULL: there is no memory. For
 * cJSON_Delete(). */
cJSON *json_tree(const char *text, size_t n, const struct json_scan *scan);

#endif
