/* A form is a function that takes the whole text or refuses it. Stateless. */
#include "ctl/since.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/parse.h"

#define TEXT_MAX 40
#define DAY_S    86400

static const struct {
	const char *name;
	int64_t ms;
} units[] = {{"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", INT64_C(1000) * DAY_S}};

/* So many digits, a number from min to max; *s moves behind them. */
static bool since_number(const char **s, size_t digits, int min, int max, int *number)
{
	*number = 0;
	for (size_t i = 0; i < digits; i++) {
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return false;
		*number = *number * 10 + (*s)[i] - '0';
	}
	*s += digits;
	return *number >= min && *number <= max;
}

static bool since_char(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* ".5": at least one digit; those behind the third count nothing. */
static bool since_fraction(const char **s, int *ms)
{
	int worth = 100;

	*ms = 0;
	if (!since_char(s, '.'))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; ++*s, worth /= 10)
		*ms += (**s - '0') * worth;
	return true;
}

/* "13:05", "13:05:09", "13:05:09.5". */
static bool since_clock(const char **s, struct tm *tm, int *ms)
{
	*ms = 0;
	if (!since_number(s, 2, 0, 23, &tm->tm_hour) || !since_char(s, ':') ||
	    !since_number(s, 2, 0, 59, &tm->tm_min))
		return false;
	return !since_char(s, ':') ||
	       (since_number(s, 2, 0, 59, &tm->tm_sec) && since_fraction(s, ms));
}

/* "2026-11-29", a day that there is. */
static bool since_date(const char **s, struct tm *tm)
{
	struct tm same;
	int year;
	int month;

	if (!since_number(s, 4, 1970, 9999, &year) || !since_char(s, '-') ||
	    !since_number(s, 2, 1, 12, &month) || !since_char(s, '-') ||
	    !since_number(s, 2, 1, 31, &tm->tm_mday))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	same = *tm;
	timegm(&same);
	return same.tm_mday == tm->tm_mday;
}

static int64_t since_local(struct tm *tm)
{
	tm->tm_isdst = -1;
	return (int64_t)mktime(tm) * 1000;
}

static struct tm since_day(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return tm;
}

static bool since_is_date(const char *s, int64_t now_ms, int64_t *ms)
{
	struct tm tm = {0};
	int part = 0;

	(void)now_ms;
	if (!since_date(&s, &tm))
		return false;
	if (*s && *s != 'Z' &&
	    !((since_char(&s, 'T') || since_char(&s, ' ')) && since_clock(&s, &tm, &part)))
		return false;
	if (since_char(&s, 'Z'))
		*ms = (int64_t)timegm(&tm) * 1000 + part;
	else
		*ms = since_local(&tm) + part;
	return !*s;
}

static bool since_is_clock(const char *s, int64_t now_ms, int64_t *ms)
{
	struct tm tm = since_day(now_ms);
	int part;

	if (!since_clock(&s, &tm, &part) || *s)
		return false;
	*ms = since_local(&tm) + part;
	return true;
}

static bool since_is_word(const char *s, int64_t now_ms, int64_t *ms)
{
	struct tm tm = since_day(now_ms);

	if (strcmp(s, "now") == 0) {
		*ms = now_ms;
		return true;
	}
	if (strcmp(s, "yesterday") == 0)
		tm.tm_mday--;
	else if (strcmp(s, "today") != 0)
		return false;
	*ms = since_local(&tm);
	return true;
}

/* "-10min", "10min ago", "10 min ago". */
static bool since_is_ago(const char *s, int64_t now_ms, int64_t *ms)
{
	const char *ago = strstr(s, " ago");
	bool minus = since_char(&s, '-');
	size_t digits = strspn(s, "0123456789");
	const char *unit = s + digits + (s[digits] == ' ');
	size_t n = strlen(unit);
	int64_t count;

	if (ago && !minus && !ago[4])
		n = (size_t)(ago - unit);
	else if (!minus)
		return false;
	if (parse_range(s, digits, "time", 0, INT32_MAX, &count, NULL))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == n && strncmp(unit, units[i].name, n) == 0) {
			*ms = now_ms - count * units[i].ms;
			return true;
		}
	return false;
}

static bool since_is_number(const char *s, int64_t now_ms, int64_t *ms)
{
	(void)now_ms;
	if (*s != '@' ||
	    parse_range(s + 1, strlen(s + 1), "time", 0, INT32_MAX * INT64_C(100), ms, NULL))
		return false;
	*ms *= 1000;
	return true;
}

static bool (*const forms[])(const char *s, int64_t now_ms, int64_t *ms) = {
    since_is_date, since_is_clock, since_is_word, since_is_ago, since_is_number};

int since_parse(const char *s, size_t n, int64_t now_ms, int64_t *ms, struct error *err)
{
	cleanup_free char *shown = parse_printable(s, n, TEXT_MAX);
	cleanup_free char *text = mem_copy(s, n);

	for (size_t i = 0; i < ARRAY_SIZE(forms) && n < TEXT_MAX && !memchr(s, '\0', n); i++)
		if (forms[i](text, now_ms, ms) && *ms >= 0)
			return 0;
	return error_set(err, ERR_PARAMS,
	                 "'%s' is no time: -10min, '2 h ago', 13:05, today, 2026-11-29 or "
	                 "2026-11-29T13:05:09 are",
	                 shown);
}
