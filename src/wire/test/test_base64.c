/* Base64: what it says, and what it refuses. */
#include "wire/base64.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(base64, .timeout = 60);

static void both_ways(const char *bytes, size_t n, const char *text)
{
	struct buffer b = {0};

	base64_add(&b, bytes, n);
	cr_assert_eq(buffer_size(&b), strlen(text));
	cr_assert_eq(base64_size(n), strlen(text));
	cr_assert(!*text || memcmp(buffer_bytes(&b), text, strlen(text)) == 0, "%s", text);
	buffer_free(&b);
	b = (struct buffer){0};
	cr_assert_eq(base64_read(&b, text, strlen(text)), 0, "%s", text);
	cr_assert_eq(buffer_size(&b), n);
	cr_assert(!n || memcmp(buffer_bytes(&b), bytes, n) == 0, "%s", text);
	buffer_free(&b);
}

Test(base64, the_examples_of_rfc_4648)
{
	both_ways("", 0, "");
	both_ways("f", 1, "Zg==");
	both_ways("fo", 2, "Zm8=");
	both_ways("foo", 3, "Zm9v");
	both_ways("foob", 4, "Zm9vYg==");
	both_ways("fooba", 5, "Zm9vYmE=");
	both_ways("foobar", 6, "Zm9vYmFy");
}

Test(base64, any_bytes)
{
	both_ways("\0", 1, "AA==");
	both_ways("\xff\xfe\xfd", 3, "//79");
	both_ways("\xfb\xf0", 2, "+/A=");
}

Test(base64, what_is_read_again_is_the_same)
{
	char bytes[600];
	unsigned seed = 7;
	struct buffer text = {0};
	struct buffer back = {0};

	for (size_t n = 0; n < sizeof bytes; n++) {
		bytes[n] = (char)rand_r(&seed);
		buffer_take(&text, buffer_size(&text));
		buffer_take(&back, buffer_size(&back));
		base64_add(&text, bytes, n);
		cr_assert_eq(base64_read(&back, n ? buffer_bytes(&text) : "", buffer_size(&text)),
		             0);
		cr_assert_eq(buffer_size(&back), n);
		cr_assert(!n || memcmp(buffer_bytes(&back), bytes, n) == 0);
	}
	buffer_free(&text);
	buffer_free(&back);
}

Test(base64, what_no_writer_writes_is_refused)
{
	static const char *const wrong[] = {
	    "A",
	    "AA",
	    "AAA",
	    "AA=",
	    "A===",
	    "====",
	    "=AAA",
	    "A=AA",
	    "AA=A",
	    "AB==",
	    "AAB=",
	    "AA==AAAA",
	    "AAAAA=A=",
	    "AAA\nAAA",
	    "AA AAAA",
	    "AAAA\n",
	    "AA-_",
	    "AAA.",
	    "\xc3\xa4\xc3\xa4",
	};
	struct buffer b = {0};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cr_assert_eq(base64_read(&b, wrong[i], strlen(wrong[i])), -1, "%s", wrong[i]);
		cr_assert_eq(buffer_size(&b), 0);
	}
	cr_assert_eq(base64_read(&b, "AA\0A", 4), -1);
	buffer_free(&b);
}
