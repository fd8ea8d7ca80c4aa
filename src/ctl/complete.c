/* Words and their beginnings. */
#include "ctl/complete.h"

#include <string.h>

#include "base/mem.h"
#include "ctl/verbs.h"

enum complete_kind complete_word(const char *line, size_t n, const char **word, size_t *size)
{
	size_t end;
	size_t at = n;
	struct word before;

	while (at && !word_blank(line[at - 1]))
		at--;
	*word = line + at;
	*size = n - at;
	while (at && word_blank(line[at - 1]))
		at--;
	if (at == 0)
		return COMPLETE_COMMAND;
	for (end = at; at && !word_blank(line[at - 1]); at--)
		;
	before = (struct word){line + at, end - at};
	if (word_is(&before, "--any") || word_is(&before, "--group"))
		return COMPLETE_GROUP;
	return *size && **word == '@' ? COMPLETE_NAME : COMPLETE_NONE;
}

static bool complete_printable(const char *text)
{
	for (; *text; text++)
		if (word_control(*text) || word_blank(*text))
			return false;
	return true;
}

/* Nothing for one that begins otherwise, or is there; what comes from dtreed may be anything. */
static void complete_add(struct completion *all, const char *head, const char *text,
                         const char *word, size_t size)
{
	char *item = mem_format("%s%s", head, text);
	bool fits =
	    strlen(item) >= size && memcmp(item, word, size) == 0 && complete_printable(item);

	for (size_t i = 0; fits && i < all->count; i++)
		fits = strcmp(all->items[i], item) != 0;
	if (!fits) {
		free(item);
		return;
	}
	all->items = mem_resize(all->items, (all->count + 1) * sizeof(char *));
	all->items[all->count++] = item;
}

void complete_commands(struct completion *all, const char *word, size_t size)
{
	for (size_t i = 0; verb_at(i); i++)
		if (verb_at(i)->places & PLACE_SHELL)
			complete_add(all, "", verb_at(i)->name, word, size);
}

void complete_tree(struct completion *all, enum complete_kind kind, const char *word, size_t size,
                   const struct dtree_value *tree)
{
	bool names = kind == COMPLETE_NAME;
	const struct dtree_value *node = dtree_value_first(tree, "nodes");

	for (; node; node = dtree_value_next(node)) {
		const char *text = dtree_value_string(node, names ? "name" : "group", NULL);
		if (text)
			complete_add(all, names ? "@" : "", text, word, size);
	}
}

size_t complete_common(const struct completion *all)
{
	size_t n = all->count ? strlen(all->items[0]) : 0;

	for (size_t i = 1; i < all->count; i++)
		while (strncmp(all->items[0], all->items[i], n) != 0)
			n--;
	return n;
}

void complete_free(struct completion *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i]);
	free(all->items);
	*all = (struct completion){0};
}
