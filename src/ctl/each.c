/* Owns the arrays of words. */
#include "ctl/each.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "ctl/arguments.h"

/* Does the option's value stand in the next word? */
static bool each_has_value(const struct word *option)
{
	static const char *const valued[] = {"--at-once", "--for", "--timeout"};

	for (size_t i = 0; i < ARRAY_SIZE(valued); i++)
		if (word_is(option, valued[i]))
			return true;
	return false;
}

void each_split(const struct words *args, struct each *each)
{
	each->ids = (struct words){mem_new_array(args->count + 1, sizeof(struct word)), 0};
	each->with = (struct words){mem_new_array(args->count + 1, sizeof(struct word)), 1};
	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		if (!arguments_is_option(word)) {
			each->ids.items[each->ids.count++] = *word;
			continue;
		}
		each->with.items[each->with.count++] = *word;
		if (each_has_value(word) && i + 1 < args->count)
			each->with.items[each->with.count++] = args->items[++i];
	}
}

const struct words *each_with(struct each *each, const struct word *id)
{
	each->with.items[0] = *id;
	return &each->with;
}

void each_free(struct each *each)
{
	words_free(&each->ids);
	words_free(&each->with);
}
