/* Words out of a list. Stateless. */
#include "base/choice.h"

#include <stdbool.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"

/* How much of a culprit an error repeats. */
#define SHOWN 48
/* Longer words have no nearest word. */
#define NEAR_SIZE 32

char *choice_list(choice_fn *choice)
{
	struct buffer text = {0};

	for (size_t i = 0; choice(i); i++)
		buffer_format(&text, "%s%s", i ? ", " : "", choice(i));
	buffer_add(&text, "", 1);
	return text.data;
}

static size_t choice_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return strncasecmp(&a, &b, 1) == 0;
}

/* Letters that are missing, too many, other, or swapped with their neighbour: the distance of
 * Optimal String Alignment. Both words have at most NEAR_SIZE bytes. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[NEAR_SIZE + 1][NEAR_SIZE + 1];

	for (size_t i = 0; i <= n; i++)
		rows[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t other = rows[i - 1][j - 1] + !same_letter(a[i - 1], b[j - 1]);
			rows[i][j] =
			    choice_least(other, choice_least(rows[i - 1][j], rows[i][j - 1]) + 1);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]))
				rows[i][j] = choice_least(rows[i][j], rows[i - 2][j - 2] + 1);
		}
	}
	return rows[n][m];
}

const char *choice_nearest_of(const char *text, size_t n, const char *const *words, size_t count)
{
	/* A short word may have one wrong letter, a longer one two. */
	size_t most = n < 3 ? 0 : n < 6 ? 1 : 2;
	const char *near = NULL;

	if (n == 0 || n > NEAR_SIZE)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (n >= 2 && strncasecmp(words[i], text, n) == 0)
			return words[i];
	for (size_t i = 0; i < count; i++) {
		size_t m = strlen(words[i]);
		if (m > NEAR_SIZE)
			continue;
		size_t d = distance(text, n, words[i], m);
		if (d <= most) {
			near = words[i];
			most = d ? d - 1 : 0;
			if (d == 0)
				break;
		}
	}
	return near;
}

/* The words as an array; new memory, the words are borrowed. */
static const char **choice_words(choice_fn *choice, size_t *count)
{
	const char **words;

	*count = 0;
	while (choice(*count))
		++*count;
	words = mem_new_array(*count + 1, sizeof *words);
	for (size_t i = 0; i < *count; i++)
		words[i] = choice(i);
	return words;
}

const char *choice_nearest(const char *text, size_t n, choice_fn *choice)
{
	size_t count;
	cleanup_free const char **words = choice_words(choice, &count);

	return choice_nearest_of(text, n, words, count);
}

int choice_refuse_of(const char *what, const char *text, const char *const *words, size_t count,
                     struct error *err)
{
	cleanup_free char *shown = parse_printable(text, strlen(text), SHOWN);
	const char *near = choice_nearest_of(text, strlen(text), words, count);
	struct buffer list = {0};

	for (size_t i = 0; i < count; i++)
		buffer_format(&list, "%s%s", i ? ", " : "", words[i]);
	buffer_add(&list, "", 1);
	error_set(err, ERR_PARAMS, "no %s '%s'; there are %s%s%s%s", what, shown, list.data,
	          near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	buffer_free(&list);
	return -1;
}

int choice_refuse(const char *what, const char *text, choice_fn *choice, struct error *err)
{
	size_t count;
	cleanup_free const char **words = choice_words(choice, &count);

	return choice_refuse_of(what, text, words, count, err);
}
