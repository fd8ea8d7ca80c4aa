/* dict through the ABI: reads, writes, refusals that change nothing, and the bounds. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "service/rows.h"
#include "service/test/service_run.h"

static const struct dtree_service *const dict = &service_dict;
static void *state;

static void set_up(void)
{
	state = dict->create(&(struct dtree_node){.id = 10}, NULL);
}

static void tear_down(void)
{
	dict->destroy(state);
}

TestSuite(dict, .init = set_up, .fini = tear_down);

static void expect(const char *wanted, const char *const *args)
{
	service_expect(dict, state, wanted, args);
}

Test(dict, reads_what_was_written)
{
	expect("Ok: 'MyVar' not found", ARGS("MyVar"));
	expect("Ok", ARGS("MyVar", "5"));
	expect("Ok: 5", ARGS("MyVar"));
	expect("Ok", ARGS("MyVar", "-6"));
	expect("Ok: -6", ARGS("MyVar"));
	expect("Ok: 'myvar' not found", ARGS("myvar"));
	expect("Ok: 'MyVa' not found", ARGS("MyVa"));
	expect("Ok: 'MyVar1' not found", ARGS("MyVar1"));
}

Test(dict, value_is_printed_canonically)
{
	static const char *const values[][2] = {
	    {"+5", "Ok: 5"},
	    {"007", "Ok: 7"},
	    {"-0", "Ok: 0"},
	    {"-007", "Ok: -7"},
	    {"9223372036854775807", "Ok: 9223372036854775807"},
	    {"-9223372036854775808", "Ok: -9223372036854775808"},
	    {"00000000000000000000000000000000000001", "Ok: 1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		expect("Ok", ARGS("x", values[i][0]));
		expect(values[i][1], ARGS("x"));
	}
}

Test(dict, rejected_write_changes_nothing)
{
	static const char *const wrong[] = {"",
	                                    "x",
	                                    "5x",
	                                    "0x10",
	                                    "1.5",
	                                    "-",
	                                    "1e3",
	                                    " 1",
	                                    "1 ",
	                                    "é",
	                                    "--1",
	                                    "9223372036854775808",
	                                    "-9223372036854775809"};

	expect("Ok", ARGS("x", "7"));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *wanted =
		    mem_format("Error: value '%s' is not a 64-bit integer", wrong[i]);
		expect(wanted, ARGS("x", wrong[i]));
		expect(wanted, ARGS("new", wrong[i]));
	}
	expect("Error: expected NAME [VALUE], got at least 3 arguments", ARGS("x", "8", "9"));
	expect("Ok: 7", ARGS("x"));
	expect("Ok: 'new' not found", ARGS("new"));
}

Test(dict, write_left_unfinished_changes_nothing)
{
	void *request;

	expect("Ok", ARGS("x", "7"));
	request = dict->open(state);
	cr_assert_eq(dict->feed(request, "x\0008\0", 4), 0);
	dict->close(request);
	expect("Ok: 7", ARGS("x"));
}

Test(dict, wrong_name_is_named)
{
	static const char *const wrong[] = {"",    "My-Var", "a b", " a", "a ",
	                                    "a_b", "é",      "a.b", "%s", "'"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *wanted = mem_format(
		    "Error: name '%s' is not made of letters A-Z a-z and digits", wrong[i]);
		expect(wanted, ARGS(wrong[i]));
		expect(wanted, ARGS(wrong[i], "5"));
	}
	expect("Error: name '\\x0a' is not made of letters A-Z a-z and digits", ARGS("\n"));
	expect("Ok: '0' not found", ARGS("0"));
	expect("Ok: 'azAZ09' not found", ARGS("azAZ09"));
}

Test(dict, no_arguments_are_an_error)
{
	cleanup_free char *none = service_run(dict, state, "", 0);
	cleanup_free char *cut = service_run(dict, state, "x\0005", 3);

	cr_assert_str_eq(none, "Error: expected NAME [VALUE], got 0 arguments");
	cr_assert_str_eq(cut, "Error: argument 2 has no end");
}

static char *name_of(char c, size_t n)
{
	char *name = mem_new(n + 1);

	memset(name, c, n);
	return name;
}

static char *run(const char *name, const char *value, size_t part)
{
	struct buffer bytes = service_bytes(ARGS(name, value));
	char *said =
	    service_run_cut(dict, state, buffer_bytes(&bytes), buffer_size(&bytes), part, part);

	buffer_free(&bytes);
	return said;
}

Test(dict, name_may_have_64_kib)
{
	static const size_t parts[] = {1, 1000, 65535, 65536, 65537, 1024 * 1024};
	cleanup_free char *most = name_of('a', 64 * 1024);
	cleanup_free char *more = name_of('a', 64 * 1024 + 1);
	cleanup_free char *far = name_of('a', 1024 * 1024);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		cleanup_free char *a = run(most, "5", parts[i]);
		cleanup_free char *b = run(more, "6", parts[i]);
		cleanup_free char *c = run(far, "7", parts[i]);
		cleanup_free char *d = run(most, NULL, parts[i]);
		cr_assert_str_eq(a, "Ok");
		cr_assert_str_eq(
		    b, "Error: name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' "
		       "is longer than 65536 bytes");
		cr_assert_str_eq(c, b);
		cr_assert_str_eq(d, "Ok: 5");
	}
	most[0] = 'b';
	cleanup_free char *missing = run(most, NULL, 4096);
	cr_assert_eq(strlen(missing), strlen("Ok: '' not found") + 64 * 1024);
}

Test(dict, request_sees_what_was_written_while_it_was_open)
{
	struct dtree_result result = {0};
	void *request = dict->open(state);

	cr_assert_eq(dict->feed(request, "x", 1), 0);
	expect("Ok", ARGS("x", "7"));
	cr_assert_eq(dict->feed(request, "", 1), 0);
	dict->finish(request, &result);
	cr_assert(result.ok && result.size == 1 && result.text[0] == '7');
	free(result.text);
	dict->close(request);
}

Test(dict, nodes_share_nothing)
{
	void *other = dict->create(&(struct dtree_node){.id = 20}, NULL);

	expect("Ok", ARGS("x", "7"));
	service_expect(dict, other, "Ok: 'x' not found", ARGS("x"));
	dict->destroy(other);
}

Test(dict, holds_a_million_names)
{
	char name[32];

	for (unsigned i = 0; i < 1000000; i++) {
		snprintf(name, sizeof name, "n%u", i);
		cleanup_free char *said = run(name, "5", sizeof name);
		cr_assert(strcmp(said, "Ok") == 0, "%s", said);
	}
	expect("Error: no room for 'onemore': the node holds 1000000 names", ARGS("onemore", "5"));
	expect("Ok: 'onemore' not found", ARGS("onemore"));
	expect("Ok", ARGS("n77", "6"));
	expect("Ok: 6", ARGS("n77"));
	expect("Ok: 5", ARGS("n999999"));
}

Test(dict, holds_64_mib_of_names)
{
	cleanup_free char *name = name_of('a', 64 * 1024);

	for (unsigned i = 0; i < 1024; i++) {
		name[0] = (char)('a' + i / 26 / 26 % 26);
		name[1] = (char)('a' + i / 26 % 26);
		name[2] = (char)('a' + i % 26);
		cleanup_free char *said = run(name, "5", 64 * 1024);
		cr_assert(strcmp(said, "Ok") == 0, "%s", said);
	}
	expect("Error: no room for 'x': the node's names may have 67108864 bytes in all",
	       ARGS("x", "5"));
	cleanup_free char *again = run(name, "6", 4096);
	cr_assert_str_eq(again, "Ok");
}
