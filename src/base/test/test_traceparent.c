/* The rules of Trace Context for what a traceparent may be. */
#include "base/traceparent.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

TestSuite(traceparent, .timeout = 60);

#define IDS "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"

static void reads(const char *given, const char *wanted)
{
	/* Without a NUL behind it. */
	cleanup_free char *exact = mem_new(strlen(given));
	char text[TRACEPARENT_SIZE + 1] = "";
	struct error err;

	memcpy(exact, given, strlen(given));
	cr_assert_eq(traceparent_read(exact, strlen(given), text, &err), 0, "%s", err.text);
	cr_assert_str_eq(text, wanted);
}

static void refuses(const char *given, const char *why)
{
	cleanup_free char *exact = mem_new(strlen(given) + 1);
	char text[TRACEPARENT_SIZE + 1] = "as it was";
	struct error err = {0};

	memcpy(exact, given, strlen(given));
	cr_assert_eq(traceparent_read(exact, strlen(given), text, &err), -1, "%s", given);
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert(strstr(err.text, why), "%s: %s", given, err.text);
	cr_assert_str_eq(text, "as it was");
}

Test(traceparent, what_is_of_version_00_is_taken)
{
	reads("00-" IDS "-00", "00-" IDS "-00");
	reads("00-" IDS "-01", "00-" IDS "-01");
	reads("00-" IDS "-03", "00-" IDS "-03");
	reads("00-00000000000000000000000000000001-0000000000000001-01",
	      "00-00000000000000000000000000000001-0000000000000001-01");
}

Test(traceparent, flags_that_version_00_does_not_have_are_not_handed_on)
{
	reads("00-" IDS "-0b", "00-" IDS "-03");
	reads("00-" IDS "-ff", "00-" IDS "-03");
	reads("00-" IDS "-10", "00-" IDS "-00");
	reads("00-" IDS "-fd", "00-" IDS "-01");
}

Test(traceparent, what_a_later_version_has_of_it_is_taken_as_version_00)
{
	reads("01-" IDS "-01", "00-" IDS "-01");
	reads("cc-" IDS "-09-what-the-future-will-be-like", "00-" IDS "-01");
	reads("cc-" IDS "-01-", "00-" IDS "-01");
	refuses("cc-" IDS "-01.what", "bytes; version cc");
	refuses("ff-" IDS "-01", "version ff");
}

Test(traceparent, version_00_has_its_length_and_no_more)
{
	refuses("00-" IDS "-01-", "56 bytes; version 00 has 55");
	refuses("00-" IDS "-01-more", "bytes");
	refuses("00-" IDS "-0", "form");
	refuses("", "form");
	refuses("00", "form");
}

Test(traceparent, digits_are_lowercase_and_each_field_has_its_place)
{
	refuses("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "form");
	refuses("00-" IDS "-0A", "form");
	refuses("0x-" IDS "-01", "form");
	refuses("00_" IDS "-01", "form");
	refuses("00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01", "form");
	refuses(" 00-" IDS "-01", "form");
	refuses("00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01", "form");
}

Test(traceparent, ids_of_zeros_are_none)
{
	refuses("00-00000000000000000000000000000000-b7ad6b7169203331-01", "trace id of zeros");
	refuses("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "parent id of zeros");
}
