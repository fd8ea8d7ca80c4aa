/* Owns the file. */
#include "ctl/tracing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/reach.h"
#include "ctl/trace_formats.h"
#include "ctl/trace_text.h"

/* Bytes of a command that its trace repeats. */
#define TITLE_MAX ((size_t)120)

int tracing_open(struct tracing *t, const struct trace_options *options, bool raw,
                 struct error *err)
{
	*t = (struct tracing){.on = true, .json = options->json, .options = *options};
	trace_ids_make(&t->kept.ids, reach_traceparent());
	if (!options->output) {
		t->file = raw ? stderr : NULL;
		return 0;
	}
	t->file = fopen(options->output, "we");
	if (t->file)
		return 0;
	return error_set(err, ERR_PARAMS, "%s cannot be written: %s", options->output,
	                 strerror(errno));
}

static bool tracing_keeps(const struct tracing *t)
{
	return t->options.format || t->options.repeat;
}

static int tracing_write_kept(struct tracing *t, struct error *err)
{
	FILE *file = t->file ? t->file : stdout;
	struct buffer text = {0};
	int rc = trace_kept_write(&t->kept, &t->options, &text, err);

	fwrite(buffer_bytes(&text), 1, buffer_size(&text), file);
	if (rc == 0 && (fflush(file) || ferror(file)))
		rc = error_set(err, ERR_INTERNAL, "the trace cannot be written: %s",
		               strerror(errno));
	buffer_free(&text);
	return rc;
}

bool tracing_close(struct tracing *t, struct error *err)
{
	int rc = tracing_keeps(t) ? tracing_write_kept(t, err) : 0;
	bool whole;

	trace_kept_clear(&t->kept);
	t->on = false;
	free(t->title);
	t->title = NULL;
	if (!t->file)
		return rc == 0;
	whole = !ferror(t->file);
	if (((t->file != stderr && fclose(t->file)) || !whole) && rc == 0)
		rc = error_set(err, ERR_INTERNAL, "the trace cannot be written: %s",
		               strerror(errno));
	t->file = NULL;
	return rc == 0;
}

const char *tracing_traceparent(const struct tracing *t, char text[TRACEPARENT_SIZE + 1])
{
	if (!t->options.format || !t->options.format->has_ids)
		return reach_traceparent();
	trace_ids_traceparent(&t->kept.ids, t->kept.steps, text);
	return text;
}

static struct trace_span tracing_span(const char *name, enum step_kind kind, int64_t begin,
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
static bool tracing_add(struct trace *trace, struct trace_span span)
{
	if (span.end > span.begin || !trace->count) {
		trace->spans[trace->count++] = span;
		return true;
	}
	free(span.name);
	free(span.process);
	return false;
}

/* A way between dtreectl and dtreed, at whose end who reads had to wait so long for a processor. */
static void tracing_add_way(struct trace *trace, const char *name, int64_t begin, int64_t end,
                            int64_t waited, const struct trace_span *reader)
{
	struct trace_span wait;

	if (!tracing_add(trace, tracing_span(name, SPENT_LINK, begin, end)) || waited <= 0)
		return;
	wait = tracing_span("cpu wait", SPENT_CPU_WAIT, end - begin > waited ? end - waited : begin,
	                    end);
	wait.parent = trace->count - 1;
	if (reader) {
		free(wait.process);
		wait.process = mem_string(reader->process);
		wait.pid = reader->pid;
		wait.depth = reader->depth;
	}
	tracing_add(trace, wait);
}

void trace_wrap(struct trace *trace, const char *title, uint64_t begin,
                const struct loop_wake *woke, uint64_t end)
{
	struct trace told = *trace;
	int64_t came = (int64_t)(woke->at - begin);
	int64_t shift = tracing_shift(&told, told.total, (int64_t)begin, (int64_t)woke->at);
	int64_t first = told.count ? told.spans[0].begin + shift : 0;
	int64_t last = first + told.total;
	int64_t whole = (int64_t)(end - begin) > last ? (int64_t)(end - begin) : last;
	size_t before;

	*trace = (struct trace){.request = told.request, .start_us = (int64_t)(begin / 1000)};
	trace->spans = mem_new_array(told.count + 5, sizeof *trace->spans);
	tracing_add(trace, tracing_span(title, SPENT_CONTROL, 0, whole));
	trace->spans[0].parent = TRACE_NO_PARENT;
	tracing_add_way(trace, "to dtreed", 0, first, told.waited, told.count ? told.spans : NULL);
	before = trace->count;
	for (size_t i = 0; i < told.count; i++) {
		struct trace_span span = told.spans[i];

		span.begin += shift;
		span.end += shift;
		span.parent = span.parent == TRACE_NO_PARENT ? 0 : span.parent + before;
		trace->spans[trace->count++] = span;
	}
	tracing_add_way(trace, "from dtreed", last, came > last ? came : last,
	                (int64_t)woke->waited, NULL);
	free(told.spans);
	trace_account(trace);
}

void tracing_title(struct tracing *t, const char *text, size_t n)
{
	size_t cut = TITLE_MAX;

	free(t->title);
	t->title = t->on && n <= TITLE_MAX ? mem_copy(text, n) : NULL;
	if (!t->on || n <= TITLE_MAX)
		return;
	/* A character stays whole. */
	while (cut && ((unsigned char)text[cut] & 0xc0) == 0x80)
		cut--;
	t->title = mem_format("%.*s...", (int)cut, text);
}

void tracing_begin(const struct tracing *t, const char *name, struct traced *traced)
{
	if (!t->on)
		return;
	traced->title = mem_string(t->title ? t->title : name);
	traced->begun = clock_ns();
}

void tracing_end(struct tracing *t, const struct traced *traced, const struct loop_wake *woke,
                 const struct dtree_reply *reply, struct buffer *line)
{
	const struct dtree_value *value = dtree_reply_trace(reply);
	struct loop_wake came = {.at = clock_ns()};
	struct buffer text = {0};
	struct trace trace;
	struct error err;

	/* Without one dtreed did not see the request, or is of a time before there were any. */
	if (!traced->title || !value || trace_read(value, &trace, &err))
		return;
	/* It may have been written, answered and read without a wait in between. */
	if (woke->at >= (uint64_t)trace.start_us * 1000 + (uint64_t)trace.total)
		came = *woke;
	trace_wrap(&trace, traced->title, traced->begun, &came, clock_ns());
	if (tracing_keeps(t)) {
		trace_kept_add(&t->kept, &trace);
		return;
	}
	if (t->json)
		trace_json_write(&text, &trace);
	else
		trace_text_write(&text, &trace);
	trace_clear(&trace);
	if (t->file)
		fwrite(buffer_bytes(&text), 1, buffer_size(&text), t->file);
	else
		buffer_add(line, buffer_bytes(&text), buffer_size(&text));
	buffer_free(&text);
}
