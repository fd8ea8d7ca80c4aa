/*
 * A line in, a line out: the arguments joined by blanks, answers known by their order. With a
 * sentinel, the lines up to its answer are the result.
 *
 * Owns what came of the line that is not whole yet. Invariant: the first of the engine's begun
 * calls is the one that the program is answering.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "program/internal.h"
#include "wire/line.h"

struct lines {
	struct line_reader reader;
	bool asked; /* a call was begun in this life: what came before is a banner */
};

static void *lines_open(struct resident *r)
{
	struct lines *l = mem_new(sizeof *l);

	l->reader.max = (size_t)resident_engine(r)->spec->reply_max;
	return l;
}

static void lines_close(void *memory)
{
	struct lines *l = memory;

	line_free(&l->reader);
	free(l);
}

static void lines_add(struct buffer *out, const char *line)
{
	buffer_add_string(out, line);
	buffer_add(out, "\n", 1);
}

static bool lines_greet(struct resident *r, struct buffer *out)
{
	char **hello = resident_engine(r)->spec->hello;

	for (size_t i = 0; hello && hello[i]; i++)
		lines_add(out, hello[i]);
	return true;
}

static int lines_ask(struct resident *r, struct call *call, struct buffer *out, struct error *err)
{
	const struct program_spec *spec = resident_engine(r)->spec;
	struct lines *l = resident_memory(r);
	char *line;

	if (memchr(call->args, '\n', call->size) || memchr(call->args, '\r', call->size))
		return error_set(err, ERR_SERVICE,
		                 "an argument holds a line end, and each request is one line");
	buffer_add(out, call->args, call->size);
	line = buffer_bytes(out);
	for (size_t i = 0; i < call->size; i++)
		if (line[i] == '\0')
			line[i] = i + 1 == call->size ? '\n' : ' ';
	if (!call->size)
		buffer_add(out, "\n", 1);
	if (spec->sentinel)
		lines_add(out, spec->sentinel);
	l->asked = true;
	return 0;
}

/* One that is marked as an error is one. */
static void lines_tell(struct resident *r, struct call *call, const char *text, size_t size)
{
	const char *prefix = resident_engine(r)->spec->error_prefix;
	size_t skip = prefix ? strlen(prefix) : 0;
	bool refused = prefix && size >= skip && memcmp(text, prefix, skip) == 0;

	if (!refused)
		skip = 0;
	while (refused && skip < size && text[skip] == ' ')
		skip++;
	resident_answered(r, call,
	                  &(struct answer){.kind = refused ? ANSWER_REFUSED : ANSWER_DONE,
	                                   .text = mem_copy(text + skip, size - skip),
	                                   .size = size - skip});
}

/* The end of a call's lines: nothing came, or they did. */
static void lines_tell_all(struct resident *r, struct call *call)
{
	struct buffer lines = call->result;

	if (!buffer_size(&lines)) {
		resident_answered(r, call, &(struct answer){.kind = ANSWER_DONE});
		return;
	}
	memset(&call->result, 0, sizeof call->result);
	/* Without the last newline. */
	lines_tell(r, call, buffer_bytes(&lines), buffer_size(&lines) - 1);
	buffer_free(&lines);
}

static bool lines_take_part(struct resident *r, struct call *call, const char *line, size_t n)
{
	size_t max = (size_t)resident_engine(r)->spec->reply_max;

	if (buffer_size(&call->result) + n + 1 > max || !buffer_try(&call->result, n + 1)) {
		resident_distrust(r, "answers with more than reply-max bytes");
		return false;
	}
	buffer_add(&call->result, line, n);
	buffer_add(&call->result, "\n", 1);
	return true;
}

/* False: it is trusted no more. */
static bool lines_take_one(struct resident *r, const char *line, size_t n)
{
	struct engine *e = resident_engine(r);
	struct lines *l = resident_memory(r);
	const char *end = e->spec->sentinel_answer;
	struct call *call = e->begun;

	if (!call && l->asked) {
		resident_distrust(r, "wrote a line that nobody asked for");
		return false;
	}
	if (!call)
		resident_complain(r, "wrote a line before it was asked anything: it is dropped");
	else if (!e->spec->sentinel)
		lines_tell(r, call, line, n);
	else if (strlen(end) == n && memcmp(line, end, n) == 0)
		lines_tell_all(r, call);
	else
		return lines_take_part(r, call, line, n);
	return true;
}

static bool lines_hear(struct resident *r, const char *bytes, size_t n)
{
	struct lines *l = resident_memory(r);
	char *line;
	size_t size;
	int rc;

	memcpy(line_reserve(&l->reader, n), bytes, n);
	line_claim(&l->reader, n);
	while ((rc = line_next(&l->reader, &line, &size)) > 0)
		if (!lines_take_one(r, line, size))
			return false;
	if (rc < 0)
		resident_distrust(r, "wrote a line of more than reply-max bytes");
	return rc == 0;
}

const struct dialect dialect_lines = {
    .open = lines_open,
    .close = lines_close,
    .greet = lines_greet,
    .ask = lines_ask,
    .hear = lines_hear,
    .ordered = true,
};
