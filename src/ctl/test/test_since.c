/* Times as a person says them. */
#include "ctl/since.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 2026-11-29 13:05:09.250 UTC, which is 14:05 there. */
#define NOW INT64_C(1795957509250)

static void set_up(void)
{
	setenv("TZ", "Test-1", 1);
	tzset();
}

TestSuite(since, .init = set_up, .timeout = 60);

static void is(const char *text, int64_t wanted)
{
	struct error err;
	int64_t ms = -1;

	cr_assert_eq(since_parse(text, strlen(text), NOW, &ms, &err), 0, "%s: %s", text, err.text);
	cr_expect_eq(ms, wanted, "%s: %lld, not %lld", text, (long long)ms, (long long)wanted);
}

static void is_none(const char *text)
{
	struct error err;
	int64_t ms;

	cr_expect_eq(since_parse(text, strlen(text), NOW, &ms, &err), -1, "%s", text);
	cr_expect_eq(err.code, ERR_PARAMS);
	cr_expect(strstr(err.text, "is no time"), "%s", err.text);
}

Test(since, times_ago)
{
	is("-0s", NOW);
	is("-90s", NOW - 90000);
	is("-10min", NOW - 600000);
	is("10min ago", NOW - 600000);
	is("10 min ago", NOW - 600000);
	is("2h ago", NOW - 7200000);
	is("-1d", NOW - 86400000);
}

Test(since, days_and_clocks_are_local)
{
	const int64_t midnight = INT64_C(1795906800000);

	is("now", NOW);
	is("today", midnight);
	is("yesterday", midnight - 86400000);
	is("2026-11-29", midnight);
	is("00:00", midnight);
	is("14:05:09.25", NOW);
	is("2026-11-29T14:05:09.250", NOW);
	is("2026-11-29 14:05", NOW - 9250);
	is("2024-02-29", INT64_C(1709161200000));
}

Test(since, with_z_and_with_at_they_are_not)
{
	is("2026-11-29Z", INT64_C(1795910400000));
	is("2026-11-29T13:05:09.250999Z", NOW);
	is("@1795957509", NOW - 250);
	is("@0", 0);
}

Test(since, anything_else_is_refused)
{
	static const char *const none[] = {"",
	                                   "10min",
	                                   "-10",
	                                   "-min",
	                                   "- 10min",
	                                   "-10m",
	                                   "-10min ago",
	                                   "10minago",
	                                   "10min ago ",
	                                   "ago",
	                                   "-1.5h",
	                                   "--1h",
	                                   "24:00",
	                                   "1:05",
	                                   "13:5",
	                                   "13:05:60",
	                                   "13:05:",
	                                   "13:05:09.",
	                                   "2026-02-29",
	                                   "2026-13-01",
	                                   "2026-1-01",
	                                   "2026-11-29T",
	                                   "tomorrow",
	                                   "Today",
	                                   "@",
	                                   "@-1",
	                                   "@1.5",
	                                   "1795957509",
	                                   "-99999d",
	                                   "2026-11-29T13:05+01:00",
	                                   "-99999999999999999999s",
	                                   "1969-12-31",
	                                   " today",
	                                   "today "};

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		is_none(none[i]);
}

Test(since, text_has_a_length)
{
	struct error err;
	int64_t ms;

	cr_expect_eq(since_parse("today\0", 6, NOW, &ms, &err), -1);
	cr_expect_eq(since_parse("todayish", 5, NOW, &ms, &err), 0);
}
