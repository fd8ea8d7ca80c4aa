/* Strict readers. Nothing here keeps state. */
#include "program/value.h"

#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "program/credentials.h"

/* How much of a culprit an error repeats. */
#define SHOWN 80
/* useradd(8) takes no longer names. */
#define ACCOUNT_MAX 32

static int value_fail(const char *key, const char *value, const char *why, struct error *err)
{
	cleanup_free char *shown = parse_printable(value, strlen(value), SHOWN);

	return error_set(err, ERR_PARAMS, "%s '%s' %s", key, shown, why);
}

int program_value_text(const char *key, const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, ERR_PARAMS, "%s is empty", key);
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return value_fail(key, value, "holds a control character", err);
	if (!parse_utf8(value, strlen(value)))
		return value_fail(key, value, "is no UTF-8", err);
	return 0;
}

int program_value_number(const char *key, const char *value, int64_t min, int64_t max,
                         int64_t *number, struct error *err)
{
	cleanup_free char *why = NULL;
	int64_t got;

	/* A sign only where there are negative ones. */
	if (min >= 0)
		return parse_range(value, strlen(value), key, min, max, number, err);
	if (parse_int64(value, strlen(value), &got) == 0 && got >= min && got <= max) {
		*number = got;
		return 0;
	}
	why = mem_format("is not an integer from %lld to %lld", (long long)min, (long long)max);
	return value_fail(key, value, why, err);
}

/* "64M" where that is exact. */
static char *size_text(int64_t bytes)
{
	static const char units[] = "KMG";
	size_t unit = 0;

	while (unit < 3 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	return unit ? mem_format("%lld%c", (long long)bytes, units[unit - 1])
	            : mem_format("%lld", (long long)bytes);
}

int program_value_size(const char *key, const char *value, int64_t min, int64_t max, int64_t *bytes,
                       struct error *err)
{
	static const char units[] = "KMGT";
	size_t n = strspn(value, "0123456789");
	const char *unit = value[n] ? strchr(units, value[n]) : NULL;
	cleanup_free char *least = NULL;
	cleanup_free char *most = NULL;
	cleanup_free char *why = NULL;
	int64_t got;
	int64_t factor = 1;

	for (const char *u = units; unit && u <= unit; u++)
		factor *= 1024;
	if (n && value[n + (unit != NULL)] == '\0' && parse_int64(value, n, &got) == 0 &&
	    !__builtin_mul_overflow(got, factor, &got) && got >= min && got <= max) {
		*bytes = got;
		return 0;
	}
	least = size_text(min);
	most = size_text(max);
	why = mem_format("is no size from %s to %s: a number of bytes, or one with K, M, G or T",
	                 least, most);
	return value_fail(key, value, why, err);
}

int program_value_mask(const char *key, const char *value, int64_t max, int64_t *mask,
                       struct error *err)
{
	size_t n = strlen(value);
	int64_t got = 0;

	if (!n || n > 4 || strspn(value, "01234567") != n)
		return value_fail(key, value, "is not one to four octal digits", err);
	for (const char *p = value; *p; p++)
		got = got * 8 + (*p - '0');
	if (got > max)
		return value_fail(key, value, "is more than 0777", err);
	*mask = got;
	return 0;
}

int program_value_choice(const char *key, const char *value, choice_fn *words, unsigned *number,
                         struct error *err)
{
	cleanup_free char *list = NULL;
	cleanup_free char *why = NULL;

	for (unsigned i = 0; words(i); i++)
		if (strcmp(words(i), value) == 0) {
			*number = i;
			return 0;
		}
	list = choice_list(words);
	why = mem_format("is none of %s", list);
	return value_fail(key, value, why, err);
}

int program_value_path(const char *key, const char *value, struct error *err)
{
	if (*value != '/')
		return value_fail(key, value, "is no absolute path", err);
	if (strlen(value) >= PATH_MAX)
		return value_fail(key, value, "is longer than a path can be", err);
	return 0;
}

int program_value_account(const char *key, const char *value, struct error *err)
{
	if (strpbrk(value, " \t:/,") || *value == '-' || strlen(value) > ACCOUNT_MAX)
		return value_fail(key, value, "is no name and no number of an account", err);
	return 0;
}

int program_value_command(const char *key, char *const *words, struct error *err)
{
	if (!words[0])
		return error_set(err, ERR_PARAMS, "%s is empty", key);
	if (!*words[0])
		return error_set(err, ERR_PARAMS, "%s begins with an empty word", key);
	if (strchr(words[0], '/') && *words[0] != '/')
		return value_fail(key, words[0],
		                  "is neither an absolute path nor a name to be looked for in PATH",
		                  err);
	if (strlen(words[0]) >= PATH_MAX)
		return value_fail(key, words[0], "is longer than a path can be", err);
	return 0;
}

int program_value_assignment(const char *key, const char *word, struct error *err)
{
	static const char *const own[] = {"DTREE_NODE", "DTREE_SERVICE", "DTREE_STATE_DIR",
	                                  "DTREE_DURABILITY", "DTREE_CREDENTIALS"};
	size_t n = strcspn(word, "=");

	if (!word[n])
		return value_fail(key, word, "is not NAME=value", err);
	if (!n || (*word >= '0' && *word <= '9') ||
	    strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != n)
		return value_fail(key, word, "has no name of a variable before the =", err);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strlen(own[i]) == n && strncmp(own[i], word, n) == 0)
			return value_fail(key, word, "is what dtree itself tells the program", err);
	return 0;
}

int program_value_credential(const char *key, const char *value, struct error *err)
{
	size_t n = strcspn(value, ":");

	if (value[n] != ':')
		return value_fail(key, value, "is not NAME:PATH", err);
	if (!n || n > CREDENTIAL_NAME_MAX || *value == '.' ||
	    strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != n)
		return value_fail(key, value, "has no name of a file before the :", err);
	if (value[n + 1] != '/')
		return value_fail(key, value, "has no absolute path behind the :", err);
	if (strlen(value + n + 1) >= PATH_MAX)
		return value_fail(key, value, "is longer than a path can be", err);
	return 0;
}
