/* Reads usages. Stateless. */
#include "ctl/usage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"

static bool usage_is_option(const struct word *word)
{
	return word->n > 1 && word->s[0] == '-';
}

/* Where the token ends: at a blank or a bracket, but for the brackets of "ID[,ID...]"; at a bar
 * that an option stands before or behind. */
static size_t usage_token(const char *s)
{
	size_t n = 0;

	for (; s[n] && s[n] != ' ' && s[n] != ']'; n++) {
		if (s[n] == '[' && s[n + 1] != ',')
			break;
		if (s[n] == '|' && (s[0] == '-' || s[n + 1] == '-'))
			break;
		if (s[n] == '[')
			n += strcspn(s + n, "]");
	}
	return n;
}

static struct usage_item usage_item(const char *s, size_t n, bool optional)
{
	struct usage_item item = {.value = {s, n}, .optional = optional};
	const char *list = memchr(s, '[', n);

	if (list) {
		item.listed = true;
		item.value.n = (size_t)(list - s);
	} else if (n > 3 && memcmp(s + n - 3, "...", 3) == 0) {
		item.repeats = true;
		item.value.n -= 3;
	}
	return item;
}

/* Gives the new item if it is wanted. */
static struct usage_item *usage_add(struct usage *usage, const struct usage_item *item, bool wanted)
{
	for (size_t i = 0; i < usage->count; i++) {
		const struct word *have = &usage->items[i].option;
		if (item->option.s && have->n == item->option.n && have->s &&
		    memcmp(have->s, item->option.s, have->n) == 0)
			return NULL;
	}
	assert(usage->count < USAGE_ITEMS);
	usage->items[usage->count] = *item;
	usage->count++;
	return wanted ? &usage->items[usage->count - 1] : NULL;
}

/* Has the option a value behind it, at s? */
static bool usage_has_value(const char *s)
{
	return s[0] == ' ' && s[1] && !strchr("[-]", s[1]);
}

/* Another form of a command may be options only, behind words that the first one has. */
static bool usage_has_places(const struct usage *usage)
{
	for (size_t i = 0; i < usage->count; i++)
		if (!usage->items[i].option.s)
			return true;
	return false;
}

void usage_read(struct usage *usage, const char *text)
{
	const bool again = usage_has_places(usage);
	struct usage_item *short_of = NULL;
	bool bar = false;    /* behind the last token */
	bool placed = false; /* which is no option */
	bool instead;
	int depth = 0;

	while (*text) {
		size_t n = usage_token(text);
		struct usage_item item = usage_item(text, n, depth > 0);

		/* A blank, a bracket, or the bar between two options. */
		if (!n) {
			depth += *text == '[';
			depth -= *text == ']';
			text++;
			continue;
		}
		text += n;
		instead = bar && placed;
		placed = !usage_is_option(&item.value);
		bar = *text == '|';
		if (usage_is_option(&item.value)) {
			struct word option = item.value;
			bool has = usage_has_value(text);
			n = has ? usage_token(text + 1) : 0;
			item = has ? usage_item(text + 1, n, depth > 0)
			           : (struct usage_item){.optional = depth > 0};
			text += has + n;
			item.option = option;
			item.instead = instead;
		}
		/* "-n|--lines LINES": both have the value. */
		if (item.option.n > 2 && short_of)
			short_of->value = item.value;
		short_of = NULL;
		if (item.option.s || !again)
			short_of = usage_add(usage, &item, *text == '|' && item.option.n == 2);
	}
}

static bool usage_names(const struct word *option, const struct word *word)
{
	return option->s && word->n >= option->n && memcmp(word->s, option->s, option->n) == 0 &&
	       (word->n == option->n || word->s[option->n] == '=');
}

const struct usage_item *usage_option(const struct usage *usage, const struct word *word)
{
	for (size_t i = 0; i < usage->count; i++)
		if (usage_names(&usage->items[i].option, word))
			return &usage->items[i];
	return NULL;
}

const struct usage_item *usage_place(const struct usage *usage, size_t at)
{
	const struct usage_item *last = NULL;

	for (size_t i = 0; i < usage->count; i++) {
		if (usage->items[i].option.s)
			continue;
		last = &usage->items[i];
		if (at == 0)
			return last;
		at--;
	}
	return last && last->repeats ? last : NULL;
}

/* The dashes, which all have in common, are not looked at. */
char *usage_nearest(const struct usage *usage, const struct word *word)
{
	const char *equals = memchr(word->s, '=', word->n);
	size_t n = equals ? (size_t)(equals - word->s) : word->n;
	char *names[USAGE_ITEMS] = {0};
	size_t count = 0;
	const char *near = NULL;
	char *found;

	for (size_t i = 0; i < usage->count; i++) {
		const struct word *option = &usage->items[i].option;
		if (option->n > 2)
			names[count++] = mem_copy(option->s + 2, option->n - 2);
	}
	if (n > 2)
		near = choice_nearest_of(word->s + 2, n - 2, (const char *const *)names, count);
	found = near ? mem_format("--%s", near) : NULL;
	while (count)
		free(names[--count]);
	return found;
}
