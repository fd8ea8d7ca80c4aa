/* Walks the words of a command by its usage, to what the last one is. */
#include "ctl/complete.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/complete_source.h"
#include "ctl/usage.h"

/* Where the walk has come to. */
struct complete_walk {
	struct completion *all;
	const struct words *words; /* borrowed */
	size_t at;                 /* the next word */
	enum verb_place place;
	const struct verb *verb; /* NULL: no command yet */
	struct usage usage;
	size_t count; /* words that are no options, so far */
	bool ended;   /* by "--" */
};

static void complete_add_commands(const struct complete_walk *w)
{
	const struct verb *verb;

	for (size_t i = 0; (verb = verb_at(i)); i++) {
		if (!(verb->places & w->place))
			continue;
		complete_add_once(w->all, verb->name, mem_string(verb->help));
		if (verb->alias)
			complete_add_once(w->all, verb->alias, mem_string(verb->help));
	}
}

static void complete_add_options(const struct complete_walk *w)
{
	for (size_t i = 0; i < w->usage.count; i++) {
		const struct word *option = &w->usage.items[i].option;
		cleanup_free char *text = option->s ? mem_copy(option->s, option->n) : NULL;
		if (text)
			complete_add(w->all, text, NULL);
	}
}

/* "no|on-failure|always". */
static void complete_add_choices(struct completion *all, const struct word *choices)
{
	const char *s = choices->s;
	const char *end = s + choices->n;

	while (s < end) {
		const char *bar = memchr(s, '|', (size_t)(end - s));
		size_t n = bar ? (size_t)(bar - s) : (size_t)(end - s);
		cleanup_free char *text = mem_copy(s, n);
		complete_add(all, text, NULL);
		s += n + 1;
	}
}

/* The last word, or what of it is behind `head`, is such an item's. */
static void complete_value(const struct complete_walk *w, const struct usage_item *item,
                           size_t head)
{
	struct completion *all = w->all;

	all->head = head;
	while (item->listed && head < all->word.n)
		if (all->word.s[head++] == ',')
			all->head = head;
	all->source = complete_source_find(&item->value);
	if (all->source)
		return;
	if (word_is(&item->value, "COMMAND"))
		complete_add_commands(w);
	else if (memchr(item->value.s, '|', item->value.n))
		complete_add_choices(all, &item->value);
}

static void complete_usage(struct complete_walk *w)
{
	w->usage = (struct usage){0};
	w->count = 0;
	w->ended = false;
	if (w->verb)
		verb_usage(w->verb, w->place, &w->usage);
	else
		usage_read(&w->usage, w->place == PLACE_ONCE ? VERB_LINE : "COMMAND [ARG...]");
}

/* The word is a command, and words of its own follow. */
static bool complete_is_command(const struct complete_walk *w)
{
	const struct usage_item *item = usage_place(&w->usage, w->count);

	return item && word_is(&item->value, "COMMAND") && usage_place(&w->usage, w->count + 1);
}

/* Is it the option that has a value, as "--name VALUE"? */
static const struct usage_item *complete_option(struct complete_walk *w, const struct word *word)
{
	const struct usage_item *item = usage_option(&w->usage, word);
	size_t last = w->at;
	struct word value;

	if (item && word_is(&item->option, "--socket") &&
	    words_option(w->words, &last, "--socket", &value))
		w->all->socket = value;
	return item;
}

/* One word before the last. false: the last one is completed, or cannot be. */
static bool complete_step(struct complete_walk *w)
{
	const struct word *word = &w->words->items[w->at];
	const struct usage_item *item = w->ended ? NULL : complete_option(w, word);

	w->at++;
	if (!w->ended && word_is(word, "--")) {
		w->ended = true;
	} else if (item) {
		w->count += item->instead;
		if (!item->value.s || word->n > item->option.n)
			return true;
		if (w->at + 1 == w->words->count) {
			complete_value(w, item, 0);
			return false;
		}
		w->at++;
	} else if (complete_is_command(w)) {
		w->verb = verb_find(word);
		if (!w->verb)
			return false;
		complete_usage(w);
	} else {
		w->count++;
	}
	return true;
}

static void complete_last(struct complete_walk *w)
{
	const struct word *word = &w->all->word;
	const struct usage_item *item = w->ended ? NULL : usage_option(&w->usage, word);

	if (item && item->value.s && word->n > item->option.n) {
		complete_value(w, item, item->option.n + 1);
		return;
	}
	if (!w->ended && word->n && word->s[0] == '-')
		complete_add_options(w);
	item = usage_place(&w->usage, w->count);
	/* The id of what is created is none that is there. */
	if (item && !(w->verb && w->verb->creates && w->count == 0))
		complete_value(w, item, 0);
	if (!w->ended && !word->n && w->verb && (!item || item->optional))
		complete_add_options(w);
}

void complete_words(struct completion *all, const struct words *words, enum verb_place place)
{
	struct complete_walk w = {.all = all, .words = words, .place = place};

	if (!words->count)
		return;
	all->word = words->items[words->count - 1];
	complete_usage(&w);
	while (w.at + 1 < words->count)
		if (!complete_step(&w))
			return;
	complete_last(&w);
}

void complete_line(struct completion *all, const char *line, size_t n)
{
	struct words words;
	struct words with_last;
	struct error err;

	if (words_split(line, n, 0, &words, &err) == 0) {
		bool begun = n && !word_blank(line[n - 1]);
		with_last.count = words.count + !begun;
		with_last.items = mem_new_array(with_last.count, sizeof *with_last.items);
		for (size_t i = 0; i < words.count; i++)
			with_last.items[i] = words.items[i];
		if (!begun)
			with_last.items[words.count] = (struct word){line + n, 0};
		complete_words(all, &with_last, PLACE_SHELL);
		words_free(&with_last);
	}
	words_free(&words);
}

size_t complete_common(const struct completion *all)
{
	size_t n = all->count ? strlen(all->items[0].text) : 0;

	for (size_t i = 1; i < all->count; i++)
		while (strncmp(all->items[0].text, all->items[i].text, n) != 0)
			n--;
	return n;
}

void complete_free(struct completion *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].text);
		free(all->items[i].about);
	}
	free(all->items);
	*all = (struct completion){0};
}
