/* By which names the exporter may be asked. */
#include "exporter/host.h"

#include <criterion/criterion.h>

#include "base/mem.h"

TestSuite(host, .timeout = 60);

static const char *const names[] = {"metrics.example"};

Test(host, numbers_and_given_names_are_allowed)
{
	static const char *const good[] = {"localhost",       "LocalHost:9797",   "127.0.0.1:80",
	                                   "10.1.2.3",        "[::1]:80",         "[::1]",
	                                   "metrics.example", "Metrics.Example:1"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(host_allowed(good[i], names, 1), "%s", good[i]);
	cr_assert_not(host_allowed("metrics.example", NULL, 0));
}

Test(host, other_names_are_not)
{
	static const char *const bad[] = {"",
	                                  "evil.example",
	                                  "localhost.evil.example",
	                                  "127.0.0.1.evil.example",
	                                  "localhost:x",
	                                  "localhost:8x",
	                                  "localhost:80:80",
	                                  ":80",
	                                  "[::1",
	                                  "[::1]x",
	                                  "[localhost.evil.example]",
	                                  "127.0.0.1@evil.example",
	                                  "localhost ",
	                                  "metrics.examp",
	                                  "metrics.example.evil"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_not(host_allowed(bad[i], names, 1), "%s", bad[i]);
}
