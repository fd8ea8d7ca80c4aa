#include "ctl/xml.h"

#include <string.h>

#include "base/parse.h"

static const struct {
	const char *text;
	const char *entity;
} entities[] = {{"&", "&amp;"},
                {"<", "&lt;"},
                {">", "&gt;"},
                {"\"", "&quot;"},
                {"'", "&#39;"},
                /* U+FFFE and U+FFFF. */
                {"\xef\xbf\xbe", "\xef\xbf\xbd"},
                {"\xef\xbf\xbf", "\xef\xbf\xbd"}};

/* The bytes of the letter at s, which is UTF-8. */
static size_t xml_letter_size(const char *s, size_t n)
{
	size_t size = 1;

	while (size < n && (s[size] & 0xc0) == 0x80)
		size++;
	return size;
}

static void xml_add_letter(struct buffer *out, const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
		if (strlen(entities[i].text) == n && memcmp(entities[i].text, s, n) == 0) {
			buffer_add_string(out, entities[i].entity);
			return;
		}
	}
	buffer_add(out, s, n);
}

static size_t xml_count(const struct buffer *line)
{
	const char *s = buffer_bytes(line);
	size_t letters = 0;

	for (size_t i = 0; i < buffer_size(line); i++)
		letters += (s[i] & 0xc0) != 0x80;
	return letters;
}

size_t xml_letters(const char *text)
{
	struct buffer line = {0};
	size_t letters;

	parse_escape(&line, text, strlen(text));
	letters = xml_count(&line);
	buffer_free(&line);
	return letters;
}

void xml_add_text(struct buffer *out, const char *text, size_t most)
{
	struct buffer line = {0};
	bool cut;
	size_t size;

	parse_escape(&line, text, strlen(text));
	cut = most < SIZE_MAX && xml_count(&line) > most;
	for (size_t i = 0; buffer_size(&line) && (!cut || i + 1 < most); i++) {
		size = xml_letter_size(buffer_bytes(&line), buffer_size(&line));
		xml_add_letter(out, buffer_bytes(&line), size);
		buffer_take(&line, size);
	}
	if (cut && most)
		buffer_add_string(out, "\xe2\x80\xa6");
	buffer_free(&line);
}
