/* Copies of what is set; the spec owns them. */
#include "program/field.h"

#include <string.h>

#include "base/mem.h"
#include "program/value.h"
#include "program/words.h"

void program_field_string(char **field, const char *value)
{
	free(*field);
	*field = mem_string(value);
}

void program_field_add(char ***field, const char *value)
{
	size_t count = program_words_count(*field);

	*field = mem_resize(*field, (count + 2) * sizeof **field);
	(*field)[count] = mem_string(value);
	(*field)[count + 1] = NULL;
}

void program_field_clear(char ***field)
{
	program_words_free(*field);
	*field = NULL;
}

int program_field_command(const char *key, char ***field, const char *value, struct error *err)
{
	char **words = program_words_split(key, value, err);

	if (!words || program_value_command(key, words, err)) {
		program_words_free(words);
		return -1;
	}
	program_field_clear(field);
	*field = words;
	return 0;
}

int program_field_words(const char *key, char ***field, const char *value, struct error *err)
{
	char **words = program_words_split(key, value, err);

	if (!words)
		return -1;
	program_field_clear(field);
	*field = words;
	return 0;
}

static int pair_check(const char *key, char *const *words, struct error *err)
{
	static const char *const parts[] = {"the line", "the answer"};
	size_t count = program_words_count(words);

	if (count != ARRAY_SIZE(parts))
		return error_set(err, ERR_PARAMS,
		                 "%s is two words, the line and its answer, each in quotes if it "
		                 "holds blanks; here are %zu",
		                 key, count);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!*words[i] || strpbrk(words[i], "\r\n"))
			return error_set(err, ERR_PARAMS, "%s: %s %s", key, parts[i],
			                 *words[i] ? "is more than one line: \\n is a line end, "
			                             "and \\\\n is \\n"
			                           : "is empty");
	return 0;
}

int program_field_pair(const char *key, char **line, char **answer, const char *value,
                       struct error *err)
{
	char **words = program_words_split(key, value, err);

	if (!words || pair_check(key, words, err)) {
		program_words_free(words);
		return -1;
	}
	program_field_string(line, words[0]);
	program_field_string(answer, words[1]);
	program_words_free(words);
	return 0;
}

/* The name ends with this character. */
static void assign(char ***field, const char *word, const char *end)
{
	size_t n = strcspn(word, end) + 1;

	for (size_t i = 0; *field && (*field)[i]; i++)
		if (strncmp((*field)[i], word, n) == 0) {
			program_field_string(&(*field)[i], word);
			return;
		}
	program_field_add(field, word);
}

int program_field_assign(const char *key, char ***field, const char *value, struct error *err)
{
	char **words = program_words_split(key, value, err);
	int rc = words ? 0 : -1;

	for (size_t i = 0; rc == 0 && words[i]; i++)
		rc = program_value_assignment(key, words[i], err);
	for (size_t i = 0; rc == 0 && words[i]; i++)
		assign(field, words[i], "=");
	program_words_free(words);
	return rc;
}

int program_field_credential(const char *key, char ***field, const char *value, struct error *err)
{
	if (program_value_credential(key, value, err))
		return -1;
	assign(field, value, ":");
	return 0;
}
