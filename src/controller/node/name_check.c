/* Nothing is kept. */
#include "controller/node/name_check.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

/* How much of a culprit an error repeats. */
#define SHOWN ((size_t)80)

static bool name_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool name_byte(char c)
{
	return name_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

int name_check(const char *what, const char *text, struct error *err)
{
	size_t size = strlen(text);
	bool good = name_letter(*text);
	cleanup_free char *shown = NULL;

	for (const char *s = text; good && *s; s++)
		good = name_byte(*s);
	if (good && size <= NAME_LENGTH_MAX)
		return 0;
	shown = parse_printable(text, size, SHOWN);
	if (good)
		return error_set(err, ERR_PARAMS, "%s '%s' has %zu bytes; at most %d are possible",
		                 what, shown, size, NAME_LENGTH_MAX);
	return error_set(err, ERR_PARAMS,
	                 "%s '%s' is not a letter with letters, digits, '-', '_' or '.' behind it",
	                 what, shown);
}
