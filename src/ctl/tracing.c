/* Owns the file. */
#include "ctl/tracing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/trace_text.h"

/* Bytes of a command that its trace repeats. */
#define TITLE_MAX ((size_t)120)

int trace_options_read(const struct words *words, struct trace_options *options, struct error *err)
{
	static const char output[] = "--output=";
	size_t at = 0;

	*options = (struct trace_options){0};
	for (; at < words->count && words->items[at].n && words->items[at].s[0] == '-'; at++) {
		const struct word *word = &words->items[at];

		if (word_is(word, "--json"))
			options->json = true;
		else if (word_is(word, "--output") && at + 1 < words->count)
			options->output = words->items[++at].s;
		else if (strncmp(word->s, output, strlen(output)) == 0 && word->s[strlen(output)])
			options->output = word->s + strlen(output);
		else
			return error_set(err, ERR_PARAMS,
			                 "trace takes --output FILE and --json, then a command");
	}
	return (int)at;
}

int tracing_open(struct tracing *t, const struct trace_options *options, struct error *err)
{
	*t = (struct tracing){.on = true, .json = options->json};
	if (!options->output)
		return 0;
	t->file = fopen(options->output, "we");
	if (t->file)
		return 0;
	return error_set(err, ERR_PARAMS, "%s cannot be written: %s", options->output,
	                 strerror(errno));
}

bool tracing_close(struct tracing *t, struct error *err)
{
	FILE *file = t->file;
	bool whole;

	t->file = NULL;
	t->on = false;
	free(t->title);
	t->title = NULL;
	if (!file)
		return true;
	whole = !ferror(file);
	if (fclose(file) || !whole) {
		error_set(err, ERR_INTERNAL, "the trace cannot be written: %s", strerror(errno));
		return false;
	}
	return true;
}

static struct trace_span tracing_span(const char *name, enum trace_kind kind, int64_t begin,
                                      int64_t end)
{
	return (struct trace_span){.name = mem_string(name),
	                           .kind = kind,
	                           .process = mem_string("dtreectl"),
	                           .pid = (int)getpid(),
	                           .node = TRACE_NO_NODE,
	                           .begin = begin,
	                           .end = end,
	                           .parent = 0};
}

/* ns by which dtreed's times are later than the begin. Where its clock is another, as over a
 * forwarded socket, what it did is put in the middle. */
static int64_t tracing_shift(const struct trace *trace, int64_t length, int64_t begin, int64_t woke)
{
	int64_t shift = trace->start_us * 1000 - begin;
	int64_t first = trace->count ? trace->spans[0].begin : 0;

	if (shift + first >= 0 && shift + first + length <= woke - begin)
		return shift;
	return length < woke - begin ? (woke - begin - length) / 2 - first : -first;
}

/* Adds one, unless it took no time. */
static void tracing_add(struct trace *trace, struct trace_span span)
{
	if (span.end > span.begin || !trace->count) {
		trace->spans[trace->count++] = span;
		return;
	}
	free(span.name);
	free(span.process);
}

void trace_wrap(struct trace *trace, const char *title, uint64_t begin, uint64_t woke, uint64_t end)
{
	struct trace told = *trace;
	int64_t came = (int64_t)(woke - begin);
	int64_t shift = tracing_shift(&told, told.total, (int64_t)begin, (int64_t)woke);
	int64_t first = told.count ? told.spans[0].begin + shift : 0;
	int64_t last = first + told.total;
	int64_t whole = (int64_t)(end - begin) > last ? (int64_t)(end - begin) : last;
	size_t before;

	*trace = (struct trace){.request = told.request, .start_us = (int64_t)(begin / 1000)};
	trace->spans = mem_new_array(told.count + 3, sizeof *trace->spans);
	tracing_add(trace, tracing_span(title, TRACE_CONTROL, 0, whole));
	trace->spans[0].parent = TRACE_NO_PARENT;
	tracing_add(trace, tracing_span("to dtreed", TRACE_LINK, 0, first));
	before = trace->count;
	for (size_t i = 0; i < told.count; i++) {
		struct trace_span span = told.spans[i];

		span.begin += shift;
		span.end += shift;
		span.parent = span.parent == TRACE_NO_PARENT ? 0 : span.parent + before;
		trace->spans[trace->count++] = span;
	}
	tracing_add(trace,
	            tracing_span("from dtreed", TRACE_LINK, last, came > last ? came : last));
	free(told.spans);
	trace_account(trace);
}

void tracing_title(struct tracing *t, const char *text, size_t n)
{
	free(t->title);
	t->title = t->on ? mem_copy(text, n < TITLE_MAX ? n : TITLE_MAX) : NULL;
}

void tracing_begin(const struct tracing *t, const char *name, struct traced *traced)
{
	if (!t->on)
		return;
	traced->title = mem_string(t->title ? t->title : name);
	traced->begun = clock_ns();
}

void tracing_end(struct tracing *t, const struct traced *traced, const uint64_t *woke,
                 const struct dtree_reply *reply, struct buffer *line)
{
	const struct dtree_value *value = dtree_reply_trace(reply);
	uint64_t came = clock_ns();
	struct buffer text = {0};
	struct trace trace;
	struct error err;

	/* Without one dtreed did not see the request, or is of a time before there were any. */
	if (!traced->title || !value || trace_read(value, &trace, &err))
		return;
	/* It may have been written, answered and read without a wait in between. */
	if (*woke >= (uint64_t)trace.start_us * 1000 + (uint64_t)trace.total)
		came = *woke;
	trace_wrap(&trace, traced->title, traced->begun, came, clock_ns());
	if (t->json)
		trace_json_write(&text, &trace);
	else
		trace_text_write(&text, &trace);
	trace_clear(&trace);
	if (t->file || !line)
		fwrite(buffer_bytes(&text), 1, buffer_size(&text), t->file ? t->file : stderr);
	else
		buffer_add(line, buffer_bytes(&text), buffer_size(&text));
	buffer_free(&text);
}
