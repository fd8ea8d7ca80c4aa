/* A reader that walks the text once. Owns the words until they are handed over. */
#include "program/words.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

#define BLANKS " \t"
/* How much of a culprit an error repeats. */
#define SHOWN       40
#define UNICODE_MAX 0x10ffff

struct splitting {
	const char *what; /* borrowed */
	const char *at;   /* what is read next */
	struct buffer word;
};

static int splitting_fail(const struct splitting *s, const char *culprit, size_t length,
                          const char *why, struct error *err)
{
	cleanup_free char *shown = parse_printable(culprit, length, SHOWN);

	return error_set(err, ERR_PARAMS, "%s: %s %s", s->what, shown, why);
}

/* Those of a letter, with what they stand for behind it. */
static const char letters[][2] = {
    {'a', '\a'}, {'b', '\b'}, {'f', '\f'},  {'n', '\n'}, {'r', '\r'},  {'t', '\t'},
    {'v', '\v'}, {'s', ' '},  {'\\', '\\'}, {'"', '"'},  {'\'', '\''},
};

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return INT32_MAX;
}

/* So many digits of this base, or -1. */
static int64_t splitting_code(const char *digits, size_t count, int base)
{
	int64_t value = 0;

	for (size_t i = 0; i < count; i++) {
		if (digit_of(digits[i]) >= base)
			return -1;
		value = value * base + digit_of(digits[i]);
	}
	return value;
}

/* UTF-8 (RFC 3629, section 3). */
static void add_character(struct buffer *word, uint32_t code)
{
	unsigned char bytes[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n - 1; i > 0; i--) {
		bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	bytes[0] = (unsigned char)(first[n] | code);
	buffer_add(word, bytes, n);
}

/* Escapes by number: of a byte, or of a character. */
static const struct {
	char letter; /* 0: the first digit stands there */
	size_t digits;
	int base;
	bool character;
} codes[] = {{'x', 2, 16, false}, {'u', 4, 16, true}, {'U', 8, 16, true}, {0, 3, 8, false}};

/* Behind a backslash. */
static int splitting_escape(struct splitting *s, struct error *err)
{
	const char *from = s->at - 1;

	if (!*s->at)
		return error_set(err, ERR_PARAMS, "%s ends in a backslash with nothing behind it",
		                 s->what);
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i][0] == *s->at) {
			buffer_add(&s->word, &letters[i][1], 1);
			s->at++;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		const char *digits = s->at + (codes[i].letter != 0);
		int64_t code;
		size_t length = (size_t)(digits - from) + codes[i].digits;
		if (codes[i].letter ? *s->at != codes[i].letter : digit_of(*s->at) >= 8)
			continue;
		code = splitting_code(digits, codes[i].digits, codes[i].base);
		if (code < 0 || code > (codes[i].character ? UNICODE_MAX : UINT8_MAX) ||
		    (codes[i].character && code >= 0xd800 && code <= 0xdfff))
			return splitting_fail(s, from, strnlen(from, length),
			                      "is no escape that is known", err);
		if (code == 0)
			return splitting_fail(s, from, length, "is a NUL, which no word can hold",
			                      err);
		s->at = from + length;
		if (codes[i].character) {
			add_character(&s->word, (uint32_t)code);
		} else {
			char byte = (char)code;
			buffer_add(&s->word, &byte, 1);
		}
		return 0;
	}
	return splitting_fail(s, from, 2, "is no escape that is known", err);
}

/* One word, which begins at s->at; it may be empty, in quotes. */
static int splitting_word(struct splitting *s, struct error *err)
{
	const char *open = NULL; /* the quote that is not closed yet */

	while (*s->at && (open || !strchr(BLANKS, *s->at))) {
		char c = *s->at++;
		if (c == '\\') {
			if (splitting_escape(s, err))
				return -1;
		} else if (open ? c == *open : c == '"' || c == '\'') {
			open = open ? NULL : s->at - 1;
		} else {
			buffer_add(&s->word, &c, 1);
		}
	}
	if (open)
		return splitting_fail(s, open, strlen(open), "has a quote that is not closed", err);
	return 0;
}

char **program_words_split(const char *what, const char *text, struct error *err)
{
	struct splitting s = {.what = what, .at = text};
	/* No more words than every other byte. */
	char **words = mem_new_array(strlen(text) / 2 + 2, sizeof *words);
	size_t count = 0;

	while (*(s.at += strspn(s.at, BLANKS))) {
		if (splitting_word(&s, err)) {
			buffer_free(&s.word);
			program_words_free(words);
			return NULL;
		}
		words[count++] = mem_copy(buffer_bytes(&s.word), buffer_size(&s.word));
		buffer_take(&s.word, buffer_size(&s.word));
	}
	buffer_free(&s.word);
	return words;
}

void program_words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

size_t program_words_count(char *const *words)
{
	size_t count = 0;

	while (words && words[count])
		count++;
	return count;
}

char *program_words_quote(const char *word)
{
	struct buffer text = {0};

	buffer_add_string(&text, "\"");
	for (const char *p = word; *p; p++) {
		if (*p == '"' || *p == '\\')
			buffer_format(&text, "\\%c", *p);
		else if ((unsigned char)*p < 0x20 || *p == 0x7f)
			buffer_format(&text, "\\x%02x", (unsigned)*p);
		else
			buffer_add(&text, p, 1);
	}
	buffer_add(&text, "\"", 2);
	return text.data;
}
