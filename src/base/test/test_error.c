/* Errors: filled once, one line, visibly cut; and the table of codes. */
#include "base/error.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

TestSuite(error);

Test(error, set_fills_and_fails)
{
	struct error err;

	cr_assert_eq(error_set(&err, ERR_NOT_FOUND, "no node %d", 10), -1);
	cr_assert_eq(err.code, ERR_NOT_FOUND);
	cr_assert_eq(err.outcome, OUTCOME_NONE);
	cr_assert_str_eq(err.text, "no node 10");
}

Test(error, unavailable_carries_the_outcome)
{
	struct error err;

	cr_assert_eq(error_unavailable(&err, OUTCOME_NOT_RUN, "node %d is stopped", 10), -1);
	cr_assert_eq(err.code, ERR_NODE_UNAVAILABLE);
	cr_assert_eq(err.outcome, OUTCOME_NOT_RUN);
	cr_assert_str_eq(err.text, "node 10 is stopped");
	error_set(&err, ERR_LIMIT, "full");
	cr_assert_eq(err.outcome, OUTCOME_NONE);
}

Test(error, nobody_has_to_want_it)
{
	cr_assert_eq(error_set(NULL, ERR_LIMIT, "full"), -1);
	cr_assert_eq(error_unavailable(NULL, OUTCOME_UNKNOWN, "gone"), -1);
}

Test(error, text_is_one_line)
{
	struct error err;

	error_set(&err, ERR_LIMIT, "a\nb\r\tc\x1b\x7f");
	cr_assert_str_eq(err.text, "a?b??c??");
}

Test(error, long_text_is_cut_and_says_so)
{
	const size_t most = sizeof(struct error){0}.text - 1;
	struct error err;
	char text[1000];

	for (size_t n = 0; n < sizeof text; n++) {
		memset(text, 'x', n);
		text[n] = '\0';
		error_set(&err, ERR_LIMIT, "%s", text);
		cr_assert_eq(strlen(err.text), n < most ? n : most);
		cr_assert_eq(strstr(err.text, "...") != NULL, n > most);
	}
}

Test(error, long_text_is_cut_between_characters)
{
	static const char *const characters[] = {"é", "€", "\U0001f600"};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(characters); i++)
		for (size_t shift = 0; shift < 8; shift++) {
			struct buffer text = {0};
			buffer_add(&text, "xxxxxxxx", shift);
			for (int j = 0; j < 600; j++)
				buffer_add_string(&text, characters[i]);
			buffer_add(&text, "", 1);
			error_set(&err, ERR_LIMIT, "%s", buffer_bytes(&text));
			cr_assert(parse_utf8(err.text, strlen(err.text)), "%zu %zu", i, shift);
			cr_assert_str_eq(err.text + strlen(err.text) - 3, "...");
			cr_assert_gt(strlen(err.text), sizeof err.text - 8);
			buffer_free(&text);
		}
}

Test(error, every_code_has_a_row)
{
	static const struct {
		enum error_code code;
		const char *name;
		const char *phrase;
	} rows[] = {
	    {ERR_PARSE, "PARSE_ERROR", NULL},
	    {ERR_REQUEST, "INVALID_REQUEST", NULL},
	    {ERR_METHOD, "METHOD_NOT_FOUND", NULL},
	    {ERR_PARAMS, "INVALID_PARAMS", NULL},
	    {ERR_INTERNAL, "INTERNAL_ERROR", NULL},
	    {ERR_ALREADY_EXISTS, "ALREADY_EXISTS", "Already exists"},
	    {ERR_NOT_FOUND, "NOT_FOUND", "Not found"},
	    {ERR_PARENT_NOT_FOUND, "PARENT_NOT_FOUND", "Parent not found"},
	    {ERR_PARENT_UNAVAILABLE, "PARENT_UNAVAILABLE", "Parent is unavailable"},
	    {ERR_NODE_UNAVAILABLE, "NODE_UNAVAILABLE", "Node is unavailable"},
	    {ERR_SERVICE, "SERVICE_ERROR", NULL},
	    {ERR_LIMIT, "LIMIT", NULL},
	    {ERR_DENIED, "DENIED", NULL},
	    {ERR_CANCELLED, "CANCELLED", "Cancelled"},
	    {ERR_ALREADY_RUNNING, "ALREADY_RUNNING", "Already running"},
	    {ERR_NAME_TAKEN, "NAME_TAKEN", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct error_row *row = error_row(rows[i].code);
		cr_assert(row && row->code == rows[i].code);
		cr_assert_str_eq(row->name, rows[i].name);
		if (rows[i].phrase)
			cr_assert_str_eq(row->phrase, rows[i].phrase);
		else
			cr_assert_null(row->phrase);
	}
	cr_assert_null(error_row(ERR_NONE));
	cr_assert_null(error_row(-1));
	cr_assert_null(error_row(-32002LL - (1LL << 32)));
}

Test(error, outcome_has_a_name)
{
	cr_assert_null(error_outcome_name(OUTCOME_NONE));
	cr_assert_str_eq(error_outcome_name(OUTCOME_NOT_RUN), "not_run");
	cr_assert_str_eq(error_outcome_name(OUTCOME_UNKNOWN), "unknown");
}
