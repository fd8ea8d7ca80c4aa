/* Owns participants. Invariant: `due` and `done` count those of that state, `bytes` their texts. */
#include "controller/exec/participants.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

static void participant_free(struct participant *p)
{
	free(p->text);
	free(p->error);
	free(p);
}

void participants_free(struct participants *all)
{
	for (size_t i = 0; i < all->count; i++)
		participant_free(all->items[i]);
	free(all->items);
	*all = (struct participants){0};
}

/* The index of the participant with that id, or where one would be inserted. */
static size_t place_of(const struct participants *all, int id)
{
	size_t low = 0;
	size_t high = all->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (all->items[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct participant *participants_find(const struct participants *all, int id)
{
	size_t at = place_of(all, id);

	return at < all->count && all->items[at]->id == id ? all->items[at] : NULL;
}

static struct participant *participant_again(struct participants *all, struct participant *p)
{
	if (p->state != PARTICIPANT_OUT)
		return NULL;
	p->state = PARTICIPANT_DUE;
	all->due++;
	return p;
}

struct participant *participants_add(struct participants *all, int id)
{
	size_t at = place_of(all, id);
	struct participant *p;

	if (at < all->count && all->items[at]->id == id)
		return participant_again(all, all->items[at]);
	if (all->count == all->room) {
		all->room = all->room ? all->room * 2 : 16;
		all->items = mem_resize(all->items, all->room * sizeof(struct participant *));
	}
	memmove(all->items + at + 1, all->items + at,
	        (all->count - at) * sizeof(struct participant *));
	p = mem_new(sizeof *p);
	p->id = id;
	all->items[at] = p;
	all->count++;
	all->due++;
	return p;
}

void participant_done(struct participants *all, struct participant *p)
{
	p->state = PARTICIPANT_DONE;
	all->due--;
	all->done++;
}

void participant_failed(struct participants *all, struct participant *p, const struct error *err)
{
	p->state = PARTICIPANT_FAILED;
	p->error = mem_new(sizeof *p->error);
	*p->error = *err;
	all->due--;
}

void participant_out(struct participants *all, struct participant *p)
{
	p->state = PARTICIPANT_OUT;
	all->due--;
}

static void take_text(struct participants *all, struct participant *p,
                      const struct tally_word *word)
{
	p->text = mem_copy(word->text, word->size);
	p->size = word->size;
	all->bytes += word->size;
	participant_done(all, p);
}

void participant_hear(struct participants *all, struct participant *p,
                      const struct tally_word *word, size_t most, size_t nodes)
{
	cleanup_free char *shown = NULL;
	struct error err;

	switch (word->kind) {
	case TALLY_TEXT:
		take_text(all, p, word);
		return;
	case TALLY_NOTHING:
		participant_done(all, p);
		return;
	case TALLY_REFUSED:
		shown = parse_printable(word->text, word->size, sizeof err.text - 16);
		error_set(&err, ERR_SERVICE, "%s", shown);
		break;
	case TALLY_LATE:
		error_unavailable(&err, OUTCOME_NOT_RUN, "node %d came to it after its deadline",
		                  p->id);
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
		error_set(&err, ERR_LIMIT, "node %d has too many sweeps to answer", p->id);
		break;
	}
	participant_failed(all, p, &err);
}

bool participants_accept(struct participants *all, const struct tally_view *view)
{
	all->stamp++;
	for (size_t i = 0; i < view->id_count; i++) {
		struct participant *p = participants_find(all, tally_id(view, i));
		if (!p || p->state != PARTICIPANT_DUE || p->stamp == all->stamp)
			return false;
		p->stamp = all->stamp;
	}
	return true;
}

/* The value of the reduction, as far as there is one. */
static int read_value(const struct participants *all, struct exec_all_result *g, struct error *err)
{
	if (all->kind == TALLY_COUNT) {
		g->valued = true;
		g->value = (int64_t)all->done;
		return 0;
	}
	if (!all->value.any)
		return 0;
	if (all->value.number < INT64_MIN || all->value.number > INT64_MAX)
		return error_set(err, ERR_SERVICE, "the sum of the results leaves 64 bits");
	g->valued = true;
	g->value = (int64_t)all->value.number;
	return 0;
}

int participants_result(const struct participants *all, struct exec_all_result *g,
                        struct error *err)
{
	struct node_word *words;

	*g = (struct exec_all_result){.listed = all->kind == TALLY_LIST, .count = all->done};
	if (read_value(all, g, err))
		return -1;
	words = mem_new_array(all->count, sizeof *words);
	for (size_t i = 0; i < all->count; i++) {
		const struct participant *p = all->items[i];
		if (p->state == PARTICIPANT_FAILED || (p->state == PARTICIPANT_DONE && g->listed))
			words[g->word_count++] = (struct node_word){
			    .id = p->id, .error = p->error, .result = p->text, .size = p->size};
	}
	g->words = words;
	return 0;
}
