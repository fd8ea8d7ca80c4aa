/* exec, and exec in parts: exec_open, exec_feed, exec_close. */
#ifndef CONTROL_CMD_EXEC_H
#define CONTROL_CMD_EXEC_H

#include "control/method.h"

struct cJSON;
struct client;

/* The most elements of `args`; more need exec_open and exec_feed. */
#define EXEC_ARGS_MAX ((size_t)4096)
/* The longest result that travels as text, as it is in the reply line. */
#define EXEC_RESULT_MAX ((size_t)64 * 1024 * 1024)

/* Adds a result (NULL: null) as `result` where it is text, else as `result_base64`: what is no
 * UTF-8, has a NUL, or would be too long as text. */
void exec_add_result(struct buffer *b, const char *result, size_t n);

extern const struct method method_exec;
extern const struct method method_exec_open;
extern const struct method method_exec_feed;
extern const struct method method_exec_close;

/* The strings of an array (NULL: none), each with a NUL behind it: 0, or -1 with ERR_LIMIT. */
int exec_join_args(const struct cJSON *list, struct buffer *args, struct error *err);

/* The client ends: frees its streams. The session must be closed before. */
void exec_free_all(struct client *c);

#endif
