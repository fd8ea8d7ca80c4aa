/* exec. */
#ifndef CONTROL_CMD_EXEC_H
#define CONTROL_CMD_EXEC_H

#include "control/method.h"

struct cJSON;

/* The most elements of `args`; more need exec_open and exec_feed. */
#define EXEC_ARGS_MAX ((size_t)4096)
/* The longest result that travels as text, as it is in the reply line. */
#define EXEC_RESULT_MAX ((size_t)64 * 1024 * 1024)

/* Adds a result (NULL: null) as `result` where it is text, else as `result_base64`: what is no
 * UTF-8, has a NUL, or would be too long as text. */
void exec_add_result(struct buffer *b, const char *result, size_t n);

extern const struct method method_exec;

/* The parameters that exec and exec_open share, with their places. */
enum { EXEC_ID, EXEC_ARGS, EXEC_GROUP, EXEC_TIMEOUT, EXEC_UNORDERED, EXEC_PROGRESS, EXEC_PARAMS };
#define PARAM_TARGET \
	{ \
		.name = "id", .type = PARAM_ID, .summary = "the node" \
	}
#define PARAM_TARGET_GROUP \
	{ \
		.name = "group", .type = PARAM_STRING, \
		.summary = "instead of id: the available node of this group with the least to do" \
	}

/* What is asked, as these parameters have it, but for the arguments. */
struct exec_request exec_asked(const struct call *call, const struct value *v);
/* Who is asked: a node, or one of a group? 0, or -1: both or neither is given. */
int exec_check_target(const struct value *v, struct error *err);
/* The strings of an array (NULL: none), each with a NUL behind it: 0, or -1 with ERR_LIMIT. */
int exec_join_args(const struct cJSON *list, struct buffer *args, struct error *err);

/* Writes the result of an exec. */
int exec_write_result(struct result *r);

#endif
