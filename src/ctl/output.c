/* The two forms of a line, and writing without blocking. */
#include "ctl/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "ctl/member.h"
#include "wire/json_write.h"

/* A form of lines: text or JSON. Each function adds whole lines. */
struct output_form {
	void (*good)(const struct output *out, struct buffer *line, render_fn *render,
	             const struct dtree_reply *reply);
	void (*bad)(const struct output *out, struct buffer *line, const char *who,
	            const struct dtree_reply *reply);
};

/* An object with the marks behind its own members. */
static void json_marked(struct buffer *line, const char *json, size_t n,
                        const struct output_mark *mark, bool error)
{
	const char *node = error ? mark->node : NULL;

	if ((!mark->number && !node) || n < 2 || json[n - 1] != '}') {
		buffer_add(line, json, n);
		return;
	}
	buffer_add(line, json, n - 1);
	if (node && *node == '@')
		json_add_text(line, "id", node);
	else if (node)
		json_add_raw(line, "id", node, strlen(node));
	if (mark->number)
		json_add_int(line, "line", (int64_t)mark->number);
	json_close_object(line);
}

static void json_good(const struct output *out, struct buffer *line, render_fn *render,
                      const struct dtree_reply *reply)
{
	size_t n;
	const char *json = dtree_reply_json(reply, &n);

	(void)render;
	json_marked(line, json, n, &out->mark, dtree_reply_code(reply) != DTREE_OK);
	buffer_add_string(line, "\n");
}

static void json_bad(const struct output *out, struct buffer *line, const char *who,
                     const struct dtree_reply *reply)
{
	(void)who;
	json_good(out, line, NULL, reply);
}

static void text_good(const struct output *out, struct buffer *line, render_fn *render,
                      const struct dtree_reply *reply)
{
	size_t before = buffer_size(line);

	if (!render) {
		size_t n;
		const char *json = dtree_reply_json(reply, &n);
		buffer_add(line, json, n);
		buffer_add_string(line, "\n");
		return;
	}
	render(line, dtree_reply_result(reply), &out->style);
	if (buffer_size(line) > before)
		buffer_add_string(line, "\n");
}

/* Of a reload that was refused: a line for each. */
static void text_mistakes(struct buffer *line, const struct dtree_value *data)
{
	const struct dtree_value *mistake = dtree_value_first(data, "mistakes");

	for (; mistake; mistake = dtree_value_next(mistake)) {
		cleanup_free char *text = member_text(mistake, NULL, "");
		buffer_format(line, "%s\n", text);
	}
}

static void text_bad(const struct output *out, struct buffer *line, const char *who,
                     const struct dtree_reply *reply)
{
	const struct dtree_value *data = dtree_reply_data(reply);
	cleanup_free char *reason = output_reason(reply);
	cleanup_free char *chosen = NULL;
	long long id;

	if (who && !*who && dtree_value_int(data, "id", &id) == 0)
		who = chosen = mem_format("%lld", id);
	if (who && !*who) {
		/* Where no node was chosen, the message says of which group. */
		const struct error_row *row = error_row(dtree_reply_code(reply));
		render_error(line, NULL, row && row->phrase ? dtree_reply_message(reply) : reason,
		             &out->style);
	} else {
		render_error(line, who, reason, &out->style);
	}
	buffer_add_string(line, "\n");
	text_mistakes(line, data);
}

/* Nothing but the bytes. */
static void raw_good(const struct output *out, struct buffer *line, render_fn *render,
                     const struct dtree_reply *reply)
{
	size_t n;
	cleanup_free char *bytes = dtree_value_bytes(dtree_reply_result(reply), "result", &n);

	(void)out;
	(void)render;
	if (bytes)
		buffer_add(line, bytes, n);
}

static const struct output_form forms[] = {
    {text_good, text_bad},
    {json_good, json_bad},
};
static const struct output_form raw_form = {raw_good, text_bad};

static bool color_wanted(int fd)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

void output_open(struct output *out, int fd, bool json, enum output_color color)
{
	struct stat st;

	*out = (struct output){.fd = fd, .form = &forms[json], .json = json};
	out->style.lines = isatty(fd);
	out->style.color = color == COLOR_ALWAYS || (color == COLOR_AUTO && color_wanted(fd));
	out->whole = out->style.lines || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode));
}

void output_set_raw(struct output *out)
{
	out->raw = true;
	out->form = &raw_form;
	out->style.color = false;
}

bool output_close(struct output *out)
{
	bool whole = !out->closed;

	if (!whole && (out->error != EPIPE || out->raw))
		fprintf(stderr, "dtreectl: standard output: %s\n", strerror(out->error));
	buffer_free(&out->pending);
	return whole;
}

char *output_reason(const struct dtree_reply *reply)
{
	int code = dtree_reply_code(reply);
	const struct error_row *row = error_row(code);
	const char *text = row && row->phrase ? row->phrase : dtree_reply_message(reply);
	const char *fate = "";

	if (code == DTREE_LOST || code == DTREE_TIMEOUT || code == DTREE_CANCELLED)
		fate = strcmp(dtree_reply_outcome(reply), "not_run") == 0
		           ? "; the command did not run"
		           : "; the command may have run";
	return mem_format("%s%s", text, fate);
}

void output_reply(const struct output *out, struct buffer *line, const struct verb *verb,
                  const char *who, const struct dtree_reply *reply)
{
	if (dtree_reply_code(reply) == DTREE_OK)
		out->form->good(out, line, verb->render, reply);
	else
		out->form->bad(out, line, verb->kind == VERB_EXEC ? who : NULL, reply);
}

void output_error(const struct output *out, struct buffer *line, const char *who, int code,
                  const char *text)
{
	struct dtree_reply *reply = dtree_reply_error(code, text, false);

	out->form->bad(out, line, who, reply);
	dtree_reply_free(reply);
}

void output_event(const struct output *out, struct buffer *line, render_fn *render,
                  const struct dtree_reply *event)
{
	out->form->good(out, line, render, event);
}

void output_add(struct output *out, struct buffer *line)
{
	if (!buffer_size(&out->pending)) {
		/* A result may be large: the buffer is moved, not copied. */
		buffer_free(&out->pending);
		out->pending = *line;
		*line = (struct buffer){0};
		return;
	}
	if (buffer_size(line))
		buffer_add(&out->pending, buffer_bytes(line), buffer_size(line));
	buffer_free(line);
}

void output_add_error(struct output *out, struct buffer *line)
{
	if (!out->raw) {
		output_add(out, line);
		return;
	}
	fwrite(buffer_bytes(line), 1, buffer_size(line), stderr);
	buffer_free(line);
	*line = (struct buffer){0};
}

void output_write(struct output *out)
{
	while (buffer_size(&out->pending) && !out->closed) {
		size_t n = buffer_size(&out->pending);
		ssize_t written;

		/* A pipe that polls writable takes PIPE_BUF bytes at once (pipe(7)). */
		if (!out->whole && n > PIPE_BUF)
			n = PIPE_BUF;
		written = write(out->fd, buffer_bytes(&out->pending), n);
		if (written < 0 && errno != EINTR && errno != EAGAIN) {
			out->closed = true;
			out->error = errno;
		}
		if (written < 0)
			return;
		buffer_take(&out->pending, (size_t)written);
		if (!out->whole)
			return;
	}
}

void output_flush(struct output *out)
{
	while (buffer_size(&out->pending) && !out->closed) {
		struct pollfd pfd = {out->fd, POLLOUT, 0};
		if (poll(&pfd, 1, -1) > 0)
			output_write(out);
	}
}
