/* Words. */
#include "ctl/words.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

static void words_add(struct words *words, const char *s, size_t n)
{
	/* The array is full when the count is a power of two. */
	if ((words->count & (words->count - 1)) == 0) {
		size_t room = words->count ? words->count * 2 : 1;
		words->items = mem_resize(words->items, room * sizeof *words->items);
	}
	words->items[words->count++] = (struct word){s, n};
}

int words_split(const char *line, size_t n, size_t most, struct words *words, struct error *err)
{
	size_t i = 0;

	*words = (struct words){0};
	for (size_t k = 0; k < n; k++)
		if (word_control(line[k]))
			return error_set(err, ERR_PARAMS, "a control byte (0x%02x) in the line",
			                 (unsigned char)line[k]);
	if (!parse_utf8(line, n))
		return error_set(err, ERR_PARAMS, "the line is not valid UTF-8");
	while (n && word_blank(line[n - 1]))
		n--;
	for (;;) {
		while (i < n && word_blank(line[i]))
			i++;
		if (i == n)
			return 0;
		size_t start = i;
		if (words->count + 1 == most)
			i = n;
		while (i < n && !word_blank(line[i]))
			i++;
		words_add(words, line + start, i - start);
	}
}

void words_from_argv(char *const *argv, size_t count, struct words *words)
{
	*words = (struct words){0};
	for (size_t i = 0; i < count; i++)
		words_add(words, argv[i], strlen(argv[i]));
}

void words_free(struct words *words)
{
	free(words->items);
	*words = (struct words){0};
}

bool word_is_name(const struct word *word)
{
	return word->n && word->s[0] == '@';
}

bool word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->n && memcmp(word->s, text, word->n) == 0;
}

bool words_option(const struct words *words, size_t *at, const char *name, struct word *value)
{
	const struct word *word = &words->items[*at];
	size_t n = strlen(name);

	if (word->n > n && memcmp(word->s, name, n) == 0 && word->s[n] == '=') {
		*value = (struct word){word->s + n + 1, word->n - n - 1};
		return true;
	}
	if (!word_is(word, name) || *at + 1 == words->count)
		return false;
	*value = words->items[++*at];
	return true;
}
