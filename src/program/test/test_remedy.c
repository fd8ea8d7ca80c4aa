/* What helps programs that do not answer line by line. */
#include "program/remedy.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

TestSuite(remedy, .timeout = 60);

static struct program_spec spec;

static void declare(const char *command)
{
	struct error err;

	program_spec_init(&spec, "tried", "here:1");
	cr_assert_eq(program_spec_set(&spec, "protocol", "lines", &err), 0);
	cr_assert_eq(program_spec_set(&spec, "command", command, &err), 0, "%s", err.text);
}

static void is(char *text, const char *wanted)
{
	cr_expect_str_eq(text, wanted);
	free(text);
}

static void buffered(const char *command, const char *wanted)
{
	declare(command);
	is(remedy_buffered(&spec), wanted);
	program_spec_free(&spec);
}

Test(remedy, a_program_has_its_own_beside_the_terminal)
{
	buffered("sed s/a/b/", "terminal = output, or sed -u");
	buffered("/usr/bin/sed s/a/b/", "terminal = output, or sed -u");
	buffered("python3 x.py", "terminal = output, or python3 -u, or print(..., flush=True)");
	buffered("python3.11 x.py", "terminal = output, or python3 -u, or print(..., flush=True)");
	buffered("tr a b", "terminal = output");
	buffered("mawk {print}", "mawk -W interactive");
	buffered("my-program", "terminal = output");
	/* No program of the table, though one begins so. */
	buffered("sedate", "terminal = output");
}

Test(remedy, what_is_there_already_is_not_named)
{
	struct error err;

	declare("sed s/a/b/");
	cr_assert_eq(program_spec_set(&spec, "terminal", "output", &err), 0);
	is(remedy_buffered(&spec), "sed -u");
	program_spec_free(&spec);
	declare("my-program");
	cr_assert_eq(program_spec_set(&spec, "terminal", "output", &err), 0);
	is(remedy_buffered(&spec), "let it write out each line at once");
	program_spec_free(&spec);
}

Test(remedy, a_sentinel_is_one_that_the_configuration_takes)
{
	for (size_t i = 0; remedy_at(i); i++) {
		const struct remedy *r = remedy_at(i);
		struct error err;

		declare(r->program);
		cr_expect_eq(remedy_find(&spec), r, "%s", r->program);
		if (r->sentinel)
			cr_expect_eq(program_spec_set(&spec, "sentinel", r->sentinel, &err), 0,
			             "%s: %s", r->program, err.text);
		cr_expect(r->terminal || r->own || r->sentinel, "%s has no remedy", r->program);
		program_spec_free(&spec);
	}
	declare("bc -q");
	is(remedy_counted(&spec), "sentinel = 'print \"done\\\\n\"' done");
	program_spec_free(&spec);
}
