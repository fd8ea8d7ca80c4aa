/*
 * The shell's input: events do not depend on the cuts, no line is lost or invented, and every
 * command is an order or an error.
 *
 * Input: one byte for the cuts, one for long lines (bit 0: their rest is read, not skipped; bit 1:
 * in the stream "~C" stands for 5000 times the byte C, so that lines become long), then the stream.
 */
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "ctl/reader.h"
#include "ctl/verbs.h"
#include "fuzz.h"

#define RUN      ((size_t)5000)
#define RUNS_MAX 16

static struct buffer expand(const uint8_t *data, size_t size, size_t runs)
{
	struct buffer out = {0};

	for (size_t i = 0; i < size; i++) {
		if (data[i] == '~' && i + 1 < size && runs) {
			runs--;
			memset(buffer_reserve(&out, RUN), data[++i], RUN);
			buffer_claim(&out, RUN);
		} else {
			buffer_add(&out, &data[i], 1);
		}
	}
	return out;
}

/* The events of a reader, and how it is driven. */
struct reading {
	struct reader reader;
	struct buffer said;
	bool keeps_long; /* the rest of a long line is read, not skipped */
	unsigned raw;    /* raw lines to come */
	bool in_part;
};

/* Is the line `exec ID` and nothing else? Then two raw lines follow. */
static bool is_bare_exec(const char *line, size_t n)
{
	struct words words;
	struct error err;
	bool bare = words_split(line, n, 0, &words, &err) == 0 && words.count == 2 &&
	            word_is(&words.items[0], "exec");

	words_free(&words);
	return bare;
}

static void check_command(const char *line, size_t n)
{
	cleanup_free char *copy = mem_try(n ? n : 1);
	struct order order = {0};
	struct words words;
	struct error err = {0};

	memcpy(copy, line, n);
	CHECK(n && !word_blank(line[0]) && !word_blank(line[n - 1]) && !memchr(line, '\n', n));
	if (verb_split(copy, n, &words, &err) || verb_parse(&words, PLACE_SHELL, &order, &err)) {
		CHECK(err.code == ERR_PARAMS);
		CHECK(err.text[0] && !strchr(err.text, '\n') &&
		      parse_utf8(err.text, strlen(err.text)));
	} else {
		CHECK(order.verb && (order.verb->places & PLACE_SHELL));
		CHECK((order.verb->kind == VERB_REQUEST) == (order.request != NULL));
		for (size_t i = 0; i < words.count; i++)
			CHECK(words.items[i].n && words.items[i].s >= copy &&
			      words.items[i].s + words.items[i].n <= copy + n);
	}
	dtree_request_free(order.request);
	words_free(&words);
}

static void say(struct reading *r, const char *what, const char *text, size_t n)
{
	buffer_format(&r->said, "%s%zu:", what, n);
	buffer_add(&r->said, text, n);
	r->in_part = false;
}

static void take(struct reading *r, const struct reader_event *event)
{
	switch (event->kind) {
	case READER_NONE:
		break;
	case READER_LINE:
		CHECK(event->n <= READER_LINE_MAX);
		check_command(event->text, event->n);
		say(r, "line", event->text, event->n);
		if (is_bare_exec(event->text, event->n)) {
			r->raw = 2;
			reader_set(&r->reader, READER_RAW);
		}
		break;
	case READER_LONG:
		CHECK(event->n == READER_LINE_MAX + 1);
		say(r, "long", event->text, event->n);
		if (r->keeps_long)
			reader_set(&r->reader, READER_WORDS);
		break;
	case READER_PART:
		CHECK(event->n && !memchr(event->text, '\n', event->n));
		if (!r->in_part)
			buffer_add_string(&r->said, "part:");
		buffer_add(&r->said, event->text, event->n);
		r->in_part = true;
		break;
	case READER_END:
		say(r, "end", "", 0);
		if (r->raw && --r->raw)
			reader_set(&r->reader, READER_RAW);
		break;
	case READER_BAD:
		say(r, "bad", (const char *)&event->bad, 1);
		break;
	}
}

/* Feeds all of it: at once with `cuts` NULL, else in pieces and with parts of any size. */
static void read_all(struct reading *r, const struct buffer *input, struct cuts *cuts)
{
	size_t left = buffer_size(input);
	const char *from = buffer_bytes(input);
	struct reader_event event;

	while (left) {
		size_t n = cuts ? cuts_next(cuts, left) : left;
		/* The reader may change it. */
		cleanup_free char *piece = mem_copy(from, n);
		for (size_t at = 0; at < n;) {
			size_t most = cuts ? cuts_next(cuts, SIZE_MAX) : SIZE_MAX;
			size_t taken = reader_next(&r->reader, piece + at, n - at, most, &event);
			CHECK(taken <= n - at);
			CHECK(taken || event.kind != READER_NONE);
			CHECK(event.kind != READER_PART || event.n <= most);
			at += taken;
			take(r, &event);
		}
		from += n;
		left -= n;
	}
	do {
		reader_end(&r->reader, &event);
		take(r, &event);
	} while (event.kind != READER_NONE && r->raw);
	reader_free(&r->reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole = {0};
	struct reading cut = {0};
	struct buffer input;
	struct cuts cuts;

	if (size < 3)
		return 0;
	whole.keeps_long = cut.keeps_long = data[1] & 1;
	input = expand(data + 2, size - 2, data[1] & 2 ? RUNS_MAX : 0);
	cuts = cuts_open(data[0], buffer_size(&input));
	read_all(&whole, &input, NULL);
	read_all(&cut, &input, &cuts);
	CHECK(buffer_size(&whole.said) == buffer_size(&cut.said));
	CHECK(!buffer_size(&whole.said) ||
	      memcmp(buffer_bytes(&whole.said), buffer_bytes(&cut.said), buffer_size(&cut.said)) ==
	          0);
	buffer_free(&input);
	buffer_free(&whole.said);
	buffer_free(&cut.said);
	return 0;
}
