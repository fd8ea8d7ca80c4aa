/* How `backup` and `restore` read their arguments. Stateless. */
#include "ctl/backup_words.h"

#include "base/mem.h"
#include "ctl/arguments.h"

static const char *const backup_options[] = {"--state-dir", "--config"};

void backup_words_free(char **line, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(line[i]);
	free(line);
}

char **backup_words_read(const struct words *words, size_t *count)
{
	char **line = mem_new_array(2 * words->count + 2, sizeof *line);
	struct word file = {0};
	struct word value;
	bool good = true;

	*count = 0;
	for (size_t i = 1; i < words->count && good; i++) {
		size_t option = 0;
		while (option < ARRAY_SIZE(backup_options) &&
		       !words_option(words, &i, backup_options[option], &value))
			option++;
		if (option < ARRAY_SIZE(backup_options)) {
			line[(*count)++] = mem_string(backup_options[option]);
			line[(*count)++] = mem_copy(value.s, value.n);
		} else {
			good =
			    !file.s && !arguments_is_option(&words->items[i]) && words->items[i].n;
			file = words->items[i];
		}
	}
	line[(*count)++] = mem_copy(words->items[0].s, words->items[0].n);
	line[(*count)++] = mem_copy(file.s ? file.s : "", file.n);
	if (good && file.s)
		return line;
	backup_words_free(line, *count);
	return NULL;
}

int arguments_backup(const struct words *args, struct order *order, struct error *err)
{
	/* The command's name stands before its arguments. */
	const struct words words = {args->items - 1, args->count + 1};
	size_t count;
	char **line = backup_words_read(&words, &count);

	if (!line)
		return arguments_usage(order, err);
	backup_words_free(line, count);
	return 0;
}
