/* Words out of a list: a refusal names the words that exist, and the nearest word is found. */
#include "base/choice.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

TestSuite(choice, .timeout = 60);

static const char *command_at(size_t i)
{
	static const char *const words[] = {"create", "exec",   "ping",   "pingall",
	                                    "kill",   "remove", "status", "help"};

	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *nothing_at(size_t i)
{
	(void)i;
	return NULL;
}

Test(choice, refusal_lists_what_there_is)
{
	struct error err;
	cleanup_free char *list = choice_list(command_at);

	cr_assert_str_eq(list, "create, exec, ping, pingall, kill, remove, status, help");
	cr_assert_eq(choice_refuse("command", "x\n", command_at, &err), -1);
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert_str_eq(err.text, "no command 'x\\x0a'; there are create, exec, ping, pingall, "
	                           "kill, remove, status, help");
	cr_assert_eq(choice_refuse("command", "pnig", command_at, &err), -1);
	cr_assert_str_eq(err.text, "no command 'pnig'; there are create, exec, ping, pingall, "
	                           "kill, remove, status, help; did you mean ping?");
}

Test(choice, a_slip_is_understood)
{
	static const struct {
		const char *text;
		const char *word; /* NULL: none */
	} rows[] = {{"creat", "create"},  {"crate", "create"}, {"cretae", "create"},
	            {"CREATE", "create"}, {"pign", "ping"},    {"pingal", "pingall"},
	            {"kil", "kill"},      {"exce", "exec"},    {"statuss", "status"},
	            {"st", "status"},     {"helpp", "help"},   {"remvoe", "remove"},
	            {"x", NULL},          {"zz", NULL},        {"", NULL},
	            {"quit", NULL},       {"nothing", NULL},   {"xxxx", NULL},
	            {"p", NULL},          {"createeeee", NULL}};
	char longer[1000];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *near = choice_nearest(rows[i].text, strlen(rows[i].text), command_at);
		if (rows[i].word)
			cr_assert(near && strcmp(near, rows[i].word) == 0, "%s: %s", rows[i].text,
			          near ? near : "none");
		else
			cr_assert_null(near, "%s: %s", rows[i].text, near);
	}
	memset(longer, 'c', sizeof longer);
	cr_assert_null(choice_nearest(longer, sizeof longer, command_at));
	cr_assert_null(choice_nearest("ping", 4, nothing_at));
}
