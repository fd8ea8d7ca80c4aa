/* Invariant: ids and words are kept encoded, so that merging is appending. */
#include "wire/tally.h"

#include <string.h>

#include "base/parse.h"
#include "wire/bytes.h"

#define HEAD      ((size_t)24)
#define WORD_HEAD ((size_t)12)
/* How much of a result that is no number an error repeats. */
#define SHOWN ((size_t)64)

static const char *const names[TALLY_KINDS] = {
    [TALLY_LIST] = "list", [TALLY_COUNT] = "count", [TALLY_SUM] = "sum",
    [TALLY_MIN] = "min",   [TALLY_MAX] = "max",
};

const char *tally_reduction_at(size_t i)
{
	return i < TALLY_KINDS - TALLY_LIST ? names[TALLY_LIST + i] : NULL;
}

int tally_kind_find(const char *name, enum tally_kind *kind)
{
	for (size_t i = 0; i < TALLY_KINDS; i++) {
		if (!names[i] || strcmp(names[i], name) != 0)
			continue;
		*kind = (enum tally_kind)i;
		return 0;
	}
	return -1;
}

static void add32(struct buffer *b, uint32_t v)
{
	put32(buffer_reserve(b, sizeof v), v);
	buffer_claim(b, sizeof v);
}

static void add64(struct buffer *b, uint64_t v)
{
	put64(buffer_reserve(b, sizeof v), v);
	buffer_claim(b, sizeof v);
}

static bool is_reduced(enum tally_kind kind)
{
	return kind == TALLY_SUM || kind == TALLY_MIN || kind == TALLY_MAX;
}

void tally_clear(struct tally *t)
{
	buffer_free(&t->ids);
	buffer_free(&t->words);
	t->value = (struct tally_value){0};
}

void tally_add_id(struct tally *t, int id)
{
	add32(&t->ids, (uint32_t)id);
}

void tally_add_word(struct tally *t, const struct tally_word *word)
{
	add32(&t->words, (uint32_t)word->id);
	add32(&t->words, (uint32_t)word->kind);
	add32(&t->words, (uint32_t)word->size);
	if (word->size)
		buffer_add(&t->words, word->text, word->size);
}

static void add_listed(struct tally *t, int id, const char *text, size_t size, size_t most)
{
	struct tally_word word = {.id = id, .kind = TALLY_NOTHING};

	if (text && (size > most || size > TALLY_TEXT_MAX)) {
		word.kind = TALLY_LARGE;
	} else if (text) {
		word.kind = TALLY_TEXT;
		word.text = text;
		word.size = size;
	}
	tally_add_word(t, &word);
}

static void add_number(struct tally *t, int id, const char *text, size_t size)
{
	cleanup_free char *shown = NULL;
	struct tally_value value = {.any = true};
	int64_t number;

	if (text && parse_int64(text, size, &number) == 0) {
		value.number = number;
		tally_combine(t->kind, &t->value, &value);
		tally_add_id(t, id);
		return;
	}
	shown = parse_printable(text ? text : "", text ? size : 0, SHOWN);
	tally_add_word(
	    t, &(struct tally_word){
	           .id = id, .kind = TALLY_NO_NUMBER, .text = shown, .size = strlen(shown)});
}

void tally_add_result(struct tally *t, int id, const char *text, size_t size, size_t most)
{
	if (t->kind == TALLY_LIST)
		add_listed(t, id, text, size, most);
	else if (is_reduced(t->kind))
		add_number(t, id, text, size);
	else
		tally_add_id(t, id);
}

size_t tally_size(const struct tally *t)
{
	return HEAD + buffer_size(&t->ids) + buffer_size(&t->words);
}

void tally_write(const struct tally *t, struct buffer *out)
{
	const char head[4] = {(char)t->kind, (char)t->value.any};
	unsigned __int128 bits = (unsigned __int128)t->value.number;

	buffer_add(out, head, sizeof head);
	add32(out, (uint32_t)(buffer_size(&t->ids) / 4));
	add64(out, (uint64_t)bits);
	add64(out, (uint64_t)(bits >> 64));
	if (buffer_size(&t->ids))
		buffer_add(out, buffer_bytes(&t->ids), buffer_size(&t->ids));
	if (buffer_size(&t->words))
		buffer_add(out, buffer_bytes(&t->words), buffer_size(&t->words));
}

/* Can it be the value of that many ids? */
static bool is_value(const struct tally_view *v)
{
	__int128 bound = is_reduced(v->kind) ? (__int128)v->id_count : 0;
	__int128 low;

	if (v->value.any != (bound > 0))
		return false;
	if (bound && v->kind != TALLY_SUM)
		bound = 1;
	low = bound * INT64_MIN;
	return v->value.number >= low && v->value.number <= bound * INT64_MAX;
}

static bool may_say(enum tally_kind kind, enum tally_word_kind word)
{
	switch (word) {
	case TALLY_TEXT:
	case TALLY_NOTHING:
	case TALLY_LARGE:
		return kind == TALLY_LIST;
	case TALLY_NO_NUMBER:
		return is_reduced(kind);
	case TALLY_REFUSED:
	case TALLY_LATE:
	case TALLY_UNKNOWN:
	case TALLY_BUSY:
		return kind != TALLY_PING;
	case TALLY_WORDS:
		break;
	}
	return false;
}

/* The size of the word that begins here, of `left` bytes; 0: there is none. */
static size_t word_size(enum tally_kind kind, const char *p, size_t left)
{
	size_t text;

	if (left < WORD_HEAD)
		return 0;
	text = get32(p + 8);
	if (get32(p + 4) >= TALLY_WORDS || !may_say(kind, (enum tally_word_kind)get32(p + 4)) ||
	    text > TALLY_TEXT_MAX || text > left - WORD_HEAD)
		return 0;
	return WORD_HEAD + text;
}

int tally_read(const char *bytes, size_t size, enum tally_kind kind, struct tally_view *v,
               struct error *err)
{
	unsigned __int128 bits;
	size_t step;

	if (size < HEAD || bytes[0] != (char)kind || bytes[1] & ~1 || bytes[2] || bytes[3])
		return error_set(err, ERR_PARSE, "a tally of %zu bytes, and not of kind %d", size,
		                 (int)kind);
	*v = (struct tally_view){.kind = kind, .value.any = bytes[1], .id_count = get32(bytes + 4)};
	bits = (unsigned __int128)get64(bytes + 16) << 64 | get64(bytes + 8);
	v->value.number = (__int128)bits;
	if (v->id_count > (size - HEAD) / 4 || (kind == TALLY_LIST && v->id_count) || !is_value(v))
		return error_set(err, ERR_PARSE, "a tally of %zu bytes with %zu ids", size,
		                 v->id_count);
	v->ids = bytes + HEAD;
	v->words = v->ids + v->id_count * 4;
	v->words_size = size - HEAD - v->id_count * 4;
	for (size_t at = 0; at < v->words_size; at += step) {
		step = word_size(kind, v->words + at, v->words_size - at);
		if (!step)
			return error_set(err, ERR_PARSE, "a tally with a bad word at byte %zu", at);
	}
	return 0;
}

int tally_id(const struct tally_view *v, size_t index)
{
	return (int)get32(v->ids + index * 4);
}

bool tally_word(const struct tally_view *v, size_t *at, struct tally_word *word)
{
	const char *p = v->words + *at;

	if (*at >= v->words_size)
		return false;
	*word = (struct tally_word){.id = (int)get32(p),
	                            .kind = (enum tally_word_kind)get32(p + 4),
	                            .text = p + WORD_HEAD,
	                            .size = get32(p + 8)};
	*at += WORD_HEAD + word->size;
	return true;
}

void tally_combine(enum tally_kind kind, struct tally_value *into, const struct tally_value *value)
{
	if (!value->any)
		return;
	if (!into->any)
		*into = *value;
	else if (kind == TALLY_SUM)
		into->number += value->number;
	else if (kind == TALLY_MIN ? value->number < into->number : value->number > into->number)
		into->number = value->number;
}

size_t tally_growth(const struct tally_view *v)
{
	return v->id_count * 4 + v->words_size;
}

void tally_merge(struct tally *into, const struct tally_view *v)
{
	tally_combine(into->kind, &into->value, &v->value);
	if (v->id_count)
		buffer_add(&into->ids, v->ids, v->id_count * 4);
	if (v->words_size)
		buffer_add(&into->words, v->words, v->words_size);
}
