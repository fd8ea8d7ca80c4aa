/* How `check-service` reads its arguments. Stateless. */
#include "ctl/check_words.h"

#include "base/mem.h"
#include "ctl/arguments.h"

static const char *const options[] = {"--check", "--error", "--config", "--define"};
#define OPT_CONFIG 2 /* from here on: what is declared */

void check_words_add(struct check_words *w, char *text)
{
	w->words[w->count++] = text;
}

/* Is it one of the options, with its value? *at moves to its last word. */
static bool check_option(const struct words *args, size_t *at, struct check_words *w)
{
	struct word value;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (words_option(args, at, options[i], &value)) {
			check_words_add(w, mem_string(options[i]));
			check_words_add(w, mem_copy(value.s, value.n));
			w->declared = w->declared || i >= OPT_CONFIG;
			return true;
		}
	return false;
}

void check_words_free(struct check_words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->words[i]);
	free(w->words);
}

bool check_words_read(const struct words *args, struct check_words *w)
{
	*w = (struct check_words){.words = mem_new_array(2 * args->count + 8, sizeof *w->words)};
	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		if (check_option(args, &i, w))
			continue;
		if (w->name.s || arguments_is_option(word))
			return false;
		w->name = *word;
	}
	return w->name.s;
}

int arguments_check(const struct words *args, struct order *order, struct error *err)
{
	struct check_words w;
	bool good = check_words_read(args, &w);

	check_words_free(&w);
	return good ? 0 : arguments_usage(order, err);
}
