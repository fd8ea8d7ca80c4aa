/* What is declared of a probe, and what two declarations differ by. */
#include <criterion/criterion.h>

#include "program/spec.h"

static struct program_spec spec;

static void begin(void)
{
	program_spec_init(&spec, "calc", "dtreed.conf:1");
}

static void end(void)
{
	program_spec_free(&spec);
}

TestSuite(spec_probe, .init = begin, .fini = end, .timeout = 60);

static void put(struct program_spec *s, const char *key, const char *value)
{
	struct error err;

	cr_assert_eq(program_spec_set(s, key, value, &err), 0, "%s", err.text);
}

static void declared(struct program_spec *s, const char *protocol, const char *command)
{
	put(s, "protocol", protocol);
	put(s, "command", command);
}

/* text: NULL: there is none more. */
static void mistake(size_t i, const char *key, const char *text)
{
	struct error err;
	const char *of;

	cr_assert_eq(program_spec_mistake(&spec, i, &of, &err), text != NULL);
	if (!text)
		return;
	cr_assert_str_eq(of, key);
	cr_assert_str_eq(err.text, text);
}

Test(spec_probe, there_is_none_unless_it_is_declared)
{
	cr_assert_null(spec.probe);
	cr_assert_eq(spec.probe_interval_ms, 30000);
	cr_assert_eq(spec.probe_timeout_ms, 10000);
}

Test(spec_probe, its_keys_are_stored)
{
	declared(&spec, "run", "backup");
	put(&spec, "probe", "a 'b c'");
	put(&spec, "probe-interval", "100");
	put(&spec, "probe-timeout", "86400000");
	cr_assert_str_eq(spec.probe[0], "a");
	cr_assert_str_eq(spec.probe[1], "b c");
	cr_assert_null(spec.probe[2]);
	cr_assert_eq(spec.probe_interval_ms, 100);
	cr_assert_eq(spec.probe_timeout_ms, 86400000);
	mistake(0, NULL, NULL);
	put(&spec, "probe", "x");
	cr_assert_null(spec.probe[1]);
}

Test(spec_probe, values_out_of_range_are_named)
{
	static const char *const rows[][3] = {
	    {"probe", "'a", "probe: 'a has a quote that is not closed"},
	    {"probe-interval", "99", "probe-interval '99' is not an integer from 100 to 86400000"},
	    {"probe-interval", "30s",
	     "probe-interval '30s' is not an integer from 100 to 86400000"},
	    {"probe-interval", "86400001",
	     "probe-interval '86400001' is not an integer from 100 to 86400000"},
	    {"probe-timeout", "0", "probe-timeout '0' is not an integer from 1 to 86400000"},
	};
	struct error err;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cr_assert_eq(program_spec_set(&spec, rows[i][0], rows[i][1], &err), -1);
		cr_assert_str_eq(err.text, rows[i][2]);
	}
}

Test(spec_probe, times_need_one)
{
	declared(&spec, "lines", "cat");
	put(&spec, "probe-interval", "100");
	put(&spec, "probe-timeout", "100");
	mistake(0, "probe-interval", "probe-interval needs probe: nothing is asked");
	mistake(1, "probe-timeout", "probe-timeout needs probe: nothing is asked");
	mistake(2, NULL, NULL);
	put(&spec, "probe", "x");
	mistake(0, NULL, NULL);
}

Test(spec_probe, one_of_lines_is_one_line)
{
	declared(&spec, "lines", "cat");
	put(&spec, "probe", "a b\\nc");
	mistake(0, "probe", "probe: an argument holds a line end, and each request is one line");
	mistake(1, NULL, NULL);
	put(&spec, "protocol", "run");
	mistake(0, NULL, NULL);
}

Test(spec_probe, one_by_methods_names_one)
{
	declared(&spec, "json", "server");
	put(&spec, "method", "first");
	put(&spec, "probe", "''");
	mistake(0, "probe", "probe: the first argument is to name a method");
	put(&spec, "probe", "ping");
	mistake(0, NULL, NULL);
}

Test(spec_probe, a_library_has_none)
{
	put(&spec, "library", "/usr/lib/a.so");
	put(&spec, "probe", "x");
	mistake(0, "probe", "probe is for a program, and this is a library");
	mistake(1, NULL, NULL);
}

Test(spec_probe, what_differs_by_it_only_is_known)
{
	struct program_spec other;

	program_spec_init(&other, "calc", "dtreed.conf:1");
	declared(&spec, "lines", "cat");
	declared(&other, "lines", "cat");
	cr_assert_not(program_spec_differs_by_probe(&spec, &other));
	put(&other, "probe", "x y");
	put(&other, "probe-interval", "500");
	put(&other, "summary", "said only");
	cr_assert(program_spec_differs_by_probe(&spec, &other));
	cr_assert_not(program_spec_runs_same(&spec, &other));
	program_spec_take_probe(&spec, &other);
	cr_assert_str_eq(spec.probe[1], "y");
	cr_assert_eq(spec.probe_interval_ms, 500);
	cr_assert_null(other.probe);
	/* It is what it took from now on. */
	cr_assert(program_spec_differs_by_probe(&spec, &other));
	put(&other, "probe", "x y");
	put(&other, "probe-interval", "500");
	cr_assert(program_spec_runs_same(&spec, &other));
	put(&other, "nice", "5");
	cr_assert_not(program_spec_differs_by_probe(&spec, &other));
	program_spec_free(&other);
}
