/* Invariant: `due` and `done` count the parts of that state, `bytes` their texts. */
#include "controller/exec/participants.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

static void part_free(struct part *part)
{
	free(part->text);
	free(part->error);
	free(part);
}

void parts_free(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		part_free(parts->items[i]);
	free(parts->items);
	*parts = (struct parts){0};
}

/* Where it is, or belongs. */
static size_t place_of(const struct parts *parts, int id)
{
	size_t low = 0;
	size_t high = parts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (parts->items[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct part *parts_find(const struct parts *parts, int id)
{
	size_t at = place_of(parts, id);

	return at < parts->count && parts->items[at]->id == id ? parts->items[at] : NULL;
}

static struct part *part_again(struct parts *parts, struct part *part)
{
	if (part->state != PART_OUT)
		return NULL;
	part->state = PART_DUE;
	parts->due++;
	return part;
}

struct part *parts_add(struct parts *parts, int id)
{
	size_t at = place_of(parts, id);
	struct part *part;

	if (at < parts->count && parts->items[at]->id == id)
		return part_again(parts, parts->items[at]);
	if (parts->count == parts->room) {
		parts->room = parts->room ? parts->room * 2 : 16;
		parts->items = mem_resize(parts->items, parts->room * sizeof(struct part *));
	}
	memmove(parts->items + at + 1, parts->items + at,
	        (parts->count - at) * sizeof(struct part *));
	part = mem_new(sizeof *part);
	part->id = id;
	parts->items[at] = part;
	parts->count++;
	parts->due++;
	return part;
}

void part_done(struct parts *parts, struct part *part)
{
	part->state = PART_DONE;
	parts->due--;
	parts->done++;
}

void part_failed(struct parts *parts, struct part *part, const struct error *err)
{
	part->state = PART_FAILED;
	part->error = mem_new(sizeof *part->error);
	*part->error = *err;
	parts->due--;
}

void part_out(struct parts *parts, struct part *part)
{
	part->state = PART_OUT;
	parts->due--;
}

static void take_text(struct parts *parts, struct part *part, const struct tally_word *word)
{
	struct error err;

	if (!parse_utf8(word->text, word->size) || memchr(word->text, '\0', word->size)) {
		error_set(&err, ERR_SERVICE, "the result is not text");
		part_failed(parts, part, &err);
		return;
	}
	part->text = mem_copy(word->text, word->size);
	part->size = word->size;
	parts->bytes += word->size;
	part_done(parts, part);
}

void part_hear(struct parts *parts, struct part *part, const struct tally_word *word, size_t most,
               size_t nodes)
{
	cleanup_free char *shown = NULL;
	struct error err;

	switch (word->kind) {
	case TALLY_TEXT:
		take_text(parts, part, word);
		return;
	case TALLY_NOTHING:
		part_done(parts, part);
		return;
	case TALLY_REFUSED:
		shown = parse_printable(word->text, word->size, sizeof err.text - 16);
		error_set(&err, ERR_SERVICE, "%s", shown);
		break;
	case TALLY_LATE:
		error_unavailable(&err, OUTCOME_NOT_RUN, "node %d came to it after its deadline",
		                  part->id);
		break;
	case TALLY_UNKNOWN:
		shown = parse_printable(word->text, word->size, sizeof err.text - 16);
		error_unavailable(&err, OUTCOME_UNKNOWN, "%s", shown);
		break;
	case TALLY_LARGE:
		error_set(&err, ERR_LIMIT,
		          "the result has more than %zu bytes, the share of one of %zu nodes", most,
		          nodes);
		break;
	case TALLY_NO_NUMBER:
		shown = parse_printable(word->text, word->size, sizeof err.text - 64);
		error_set(&err, ERR_SERVICE, "the result '%s' is no integer of 64 bits", shown);
		break;
	case TALLY_BUSY:
	case TALLY_WORDS:
		error_set(&err, ERR_LIMIT, "node %d has too many sweeps to answer", part->id);
		break;
	}
	part_failed(parts, part, &err);
}

bool parts_accept(struct parts *parts, const struct tally_view *view)
{
	parts->stamp++;
	for (size_t i = 0; i < view->id_count; i++) {
		struct part *part = parts_find(parts, tally_id(view, i));
		if (!part || part->state != PART_DUE || part->stamp == parts->stamp)
			return false;
		part->stamp = parts->stamp;
	}
	return true;
}

/* The value of the reduction, as far as there is one. */
static int read_value(const struct parts *parts, struct gathered *g, struct error *err)
{
	if (parts->kind == TALLY_COUNT) {
		g->valued = true;
		g->value = (int64_t)parts->done;
		return 0;
	}
	if (!parts->value.any)
		return 0;
	if (parts->value.number < INT64_MIN || parts->value.number > INT64_MAX)
		return error_set(err, ERR_SERVICE, "the sum of the results leaves 64 bits");
	g->valued = true;
	g->value = (int64_t)parts->value.number;
	return 0;
}

int parts_result(const struct parts *parts, struct gathered *g, struct error *err)
{
	struct node_word *words;

	*g = (struct gathered){.listed = parts->kind == TALLY_LIST, .count = parts->done};
	if (read_value(parts, g, err))
		return -1;
	words = mem_new_array(parts->count, sizeof *words);
	for (size_t i = 0; i < parts->count; i++) {
		const struct part *part = parts->items[i];
		if (part->state == PART_FAILED || (part->state == PART_DONE && g->listed))
			words[g->word_count++] = (struct node_word){.id = part->id,
			                                            .error = part->error,
			                                            .result = part->text,
			                                            .size = part->size};
	}
	g->words = words;
	return 0;
}
