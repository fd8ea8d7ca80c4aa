/*
 * Reading JSON: the only use of cJSON. json_write.h writes it.
 *
 * cJSON rounds, clamps, ignores case, and trusts its input. So every text passes json_check()
 * first, and the getters give exactly what was written, or an error.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Arrays and objects within each other. */
#define JSON_DEPTH 32
/* Values in one request line: bounds the cost of a hostile one. A MiB of one-byte elements would
 * cost cJSON 55 ms and 44 MB; this many cost 3 ms and 2 MB. */
#define JSON_REQUEST_VALUES ((size_t)16384)
/* Values in one reply line, for clients: a tree of 65536 nodes with 16 members each. */
#define JSON_REPLY_VALUES ((size_t)1024 * 1024)
/* The largest integer that travels as a number: above, doubles have gaps. */
#define JSON_INT_MAX (INT64_C(1) << 53)

/* A number that was not written as an integer within JSON_INT_MAX. */
struct json_inexact {
	size_t place; /* among all numbers of the text */
	bool whole;   /* it was one with a fraction of zeros: 1.0 */
};

/* The findings of json_check(). Pointers point into the text. */
struct json_scan {
	size_t values;
	/* The value of the outermost object's first member "id", as text; NULL: there is none. */
	const char *id;
	size_t id_size;
	struct json_inexact *inexact; /* owned; free(); ascends by place */
	size_t inexact_count;
};

/* May it stand between the tokens of JSON? Most that are asked for are none, and above all of them.
 */
static inline bool json_is_blank(char byte)
{
	return (unsigned char)byte <= ' ' &&
	       (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r');
}

/*
 * One pass over the whole text, with nothing but blanks around one value: RFC 8259 to the letter,
 * valid UTF-8, at most JSON_DEPTH deep, else ERR_PARSE; no \u0000, else ERR_PARAMS; at most
 * `values` values, else ERR_LIMIT. In the last two cases the text is JSON, and *scan has its id.
 * Always fills *scan; the caller frees scan->inexact.
 */
int json_check(const char *text, size_t n, size_t values, struct json_scan *scan,
               struct error *err);

/* Is it one value, on one line, that may stand within `around` others and be read by json_check()
 * there? For what others wrote and is put into a line of ours. It has JSON_REQUEST_VALUES at most.
 */
bool json_fits(const char *text, size_t n, size_t around);

struct cJSON;

/* json_check(), then a tree that is owned by the caller: json_free(). NULL on failure. Needs no NUL
 * behind the text and keeps no pointer into it. scan may be NULL; scan->inexact is not filled. */
struct cJSON *json_parse(const char *text, size_t n, size_t values, struct json_scan *scan,
                         struct error *err);
void json_free(struct cJSON *json);

bool json_is_object(const struct cJSON *value);
bool json_is_array(const struct cJSON *value);
bool json_is_number(const struct cJSON *value);
bool json_is_null(const struct cJSON *value);

/* The first member of that name, in exactly that case; NULL: none, or no object. Borrowed. */
const struct cJSON *json_member(const struct cJSON *object, const char *name);
/* Elements of an array or members of an object, in order: first, next, until NULL. Borrowed. */
const struct cJSON *json_first(const struct cJSON *value);
const struct cJSON *json_next(const struct cJSON *element);
/* O(n). */
size_t json_count(const struct cJSON *value);
/* A member's own name; NULL for an array's element. Borrowed. */
const char *json_name(const struct cJSON *member);

/* Has the object only members of these names, none twice? 0, else -1 with an ERR_PARAMS that names
 * the culprit. A name in another case is unknown. Fills found[] also on -1: the first member of
 * each name, borrowed, or NULL. */
int json_members(const struct cJSON *object, const char *const *names, size_t count,
                 const struct cJSON **found, struct error *err);

/*
 * Read one value. `what` names it in the error, which is ERR_PARAMS; nothing is rounded, clamped or
 * converted. A NULL value is an error too: it is missing. Strings are borrowed, have a NUL behind
 * them and none within; size may be NULL.
 */
int json_int(const struct cJSON *value, const char *what, int64_t min, int64_t max, int64_t *number,
             struct error *err);
/* An integer within JSON_INT_MAX, also with a fraction of zeros: 0, or -1 and *number as it was.
 * For numbers that a client chose and gets back: some clients have floating-point numbers only. */
int json_whole(const struct cJSON *value, int64_t *number);
/* Any number, as the nearest double: 0, or -1 where there is none, or none that is finite (1e400).
 */
int json_real(const struct cJSON *value, double *number);
int json_bool(const struct cJSON *value, const char *what, bool *flag, struct error *err);
int json_string(const struct cJSON *value, const char *what, const char **s, size_t *size,
                struct error *err);
/* A node's id (base/parse.h); json_parent also takes the controller's. */
int json_id(const struct cJSON *value, const char *what, int *id, struct error *err);
int json_parent(const struct cJSON *value, const char *what, int *id, struct error *err);

/* The value as JSON on one line; new memory, owned by the caller. What a double cannot hold (1e400)
 * is null. */
char *json_text(const struct cJSON *value);

#endif
