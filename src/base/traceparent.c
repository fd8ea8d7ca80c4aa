#include "base/traceparent.h"

#include <stdbool.h>
#include <string.h>

/* The flags that version 00 has. */
#define FLAGS_KNOWN 0x3u

/* Its form, an x for a digit. */
static const char form[] = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";

static bool traceparent_is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool traceparent_has_form(const char *s, size_t n)
{
	if (n < TRACEPARENT_SIZE)
		return false;
	for (size_t i = 0; i < TRACEPARENT_SIZE; i++)
		if (form[i] == 'x' ? !traceparent_is_digit(s[i]) : s[i] != form[i])
			return false;
	return true;
}

static bool traceparent_is_zero(const char *s, size_t digits)
{
	for (size_t i = 0; i < digits; i++)
		if (s[i] != '0')
			return false;
	return true;
}

int traceparent_read(const char *s, size_t n, char text[TRACEPARENT_SIZE + 1], struct error *err)
{
	unsigned flags;

	if (!traceparent_has_form(s, n))
		return error_set(
		    err, ERR_PARAMS,
		    "traceparent: not of the form 00-TRACE-PARENT-FLAGS with 32, 16 and "
		    "2 digits of 0-9a-f");
	if (memcmp(s, "ff", 2) == 0)
		return error_set(err, ERR_PARAMS, "traceparent: there is no version ff");
	if (n > TRACEPARENT_SIZE && (memcmp(s, "00", 2) == 0 || s[TRACEPARENT_SIZE] != '-'))
		return error_set(err, ERR_PARAMS, "traceparent: %zu bytes; version %.2s has 55%s",
		                 n, s,
		                 memcmp(s, "00", 2) == 0 ? "" : ", or '-' and more behind them");
	if (traceparent_is_zero(s + TRACEPARENT_TRACE, 32))
		return error_set(err, ERR_PARAMS, "traceparent: a trace id of zeros");
	if (traceparent_is_zero(s + TRACEPARENT_PARENT, 16))
		return error_set(err, ERR_PARAMS, "traceparent: a parent id of zeros");
	memcpy(text, s, TRACEPARENT_SIZE);
	text[TRACEPARENT_SIZE] = '\0';
	memcpy(text, "00", 2);
	flags = text[TRACEPARENT_FLAGS + 1] <= '9'
	            ? (unsigned)(text[TRACEPARENT_FLAGS + 1] - '0')
	            : (unsigned)(text[TRACEPARENT_FLAGS + 1] - 'a') + 10;
	text[TRACEPARENT_FLAGS] = '0';
	text[TRACEPARENT_FLAGS + 1] = (char)('0' + (flags & FLAGS_KNOWN));
	return 0;
}
