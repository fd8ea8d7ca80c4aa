/* The answers of the nodes of an exec_all, and its result. */
#include "controller/exec/participants.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(participants, .timeout = 60);

/* Ids 5, 3, -2, 9 in this order. */
static struct participants four(enum tally_kind kind)
{
	struct participants participants = {.kind = kind};

	cr_assert(participants_add(&participants, 5));
	cr_assert(participants_add(&participants, 3));
	cr_assert(participants_add(&participants, -2));
	cr_assert(participants_add(&participants, 9));
	cr_assert_null(participants_add(&participants, 5));
	cr_assert_eq(participants.due, 4);
	return participants;
}

static void hear(struct participants *participants, int id, enum tally_word_kind kind,
                 const char *text)
{
	participant_hear(
	    participants, participants_find(participants, id),
	    &(struct tally_word){.id = id, .kind = kind, .text = text, .size = strlen(text)}, 100,
	    4);
}

static struct tally_view ids_of(struct tally *t, const int *ids, size_t count)
{
	static char bytes[256];
	struct buffer b = {0};
	struct tally_view view;

	for (size_t i = 0; i < count; i++)
		tally_add_result(t, ids[i], "4", 1, 1);
	tally_write(t, &b);
	memcpy(bytes, buffer_bytes(&b), buffer_size(&b));
	cr_assert_eq(tally_read(bytes, buffer_size(&b), t->kind, &view, NULL), 0);
	buffer_free(&b);
	tally_clear(t);
	return view;
}

Test(participants, the_words_ascend)
{
	struct participants participants = four(TALLY_LIST);
	struct exec_all_result g;
	struct error err;

	hear(&participants, 9, TALLY_TEXT, "nine");
	hear(&participants, -2, TALLY_NOTHING, "");
	hear(&participants, 5, TALLY_REFUSED, "no\n");
	participant_out(&participants, participants_find(&participants, 3));
	cr_assert(participants_add(&participants, 3));
	cr_assert_eq(participants.due, 1);
	participant_out(&participants, participants_find(&participants, 3));
	cr_assert_eq(participants.due, 0);
	cr_assert_eq(participants.done, 2);
	cr_assert_eq(participants.bytes, 4);
	cr_assert_eq(participants_result(&participants, &g, &err), 0);
	cr_assert_eq(g.word_count, 3);
	cr_assert(g.listed && g.count == 2);
	cr_assert(g.words[0].id == -2 && !g.words[0].error && !g.words[0].result);
	cr_assert(g.words[1].id == 5 && g.words[1].error->code == ERR_SERVICE);
	cr_assert_str_eq(g.words[1].error->text, "no\\x0a");
	cr_assert(g.words[2].id == 9 && g.words[2].size == 4);
	cr_assert_str_eq(g.words[2].result, "nine");
	free((void *)(uintptr_t)g.words);
	participants_free(&participants);
}

Test(participants, each_failure_is_an_error_of_its_own)
{
	static const struct {
		enum tally_word_kind kind;
		enum error_code code;
		enum error_outcome outcome;
	} rows[] = {{TALLY_REFUSED, ERR_SERVICE, OUTCOME_NONE},
	            {TALLY_LATE, ERR_NODE_UNAVAILABLE, OUTCOME_NOT_RUN},
	            {TALLY_UNKNOWN, ERR_NODE_UNAVAILABLE, OUTCOME_UNKNOWN},
	            {TALLY_LARGE, ERR_LIMIT, OUTCOME_NONE},
	            {TALLY_NO_NUMBER, ERR_SERVICE, OUTCOME_NONE},
	            {TALLY_BUSY, ERR_LIMIT, OUTCOME_NONE}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct participants participants = four(TALLY_LIST);
		const struct participant *participant = participants_find(&participants, 3);

		hear(&participants, 3, rows[i].kind, "");
		cr_assert_eq(participant->state, PARTICIPANT_FAILED);
		cr_assert_eq(participant->error->code, rows[i].code);
		cr_assert_eq(participant->error->outcome, rows[i].outcome);
		participants_free(&participants);
	}
}

Test(participants, a_result_is_any_bytes)
{
	struct participants participants = four(TALLY_LIST);
	const struct participant *p = participants_find(&participants, 5);

	participant_hear(
	    &participants, participants_find(&participants, 5),
	    &(struct tally_word){.id = 5, .kind = TALLY_TEXT, .text = "\xff\0b", .size = 3}, 100,
	    4);
	cr_assert_eq(p->state, PARTICIPANT_DONE);
	cr_assert_eq(p->size, 3);
	cr_assert_eq(memcmp(p->text, "\xff\0b", 3), 0);
	participants_free(&participants);
}

Test(participants, ids_count_once_and_only_where_they_were_asked)
{
	struct participants participants = four(TALLY_SUM);
	struct tally t = {.kind = TALLY_SUM};
	struct tally_view view;

	view = ids_of(&t, (const int[]){3, 9, 3}, 3);
	cr_assert_not(participants_accept(&participants, &view), "one twice");
	view = ids_of(&t, (const int[]){3, 4}, 2);
	cr_assert_not(participants_accept(&participants, &view), "one that was not asked");
	view = ids_of(&t, (const int[]){3, 9}, 2);
	cr_assert(participants_accept(&participants, &view));
	participant_done(&participants, participants_find(&participants, 3));
	cr_assert_not(participants_accept(&participants, &view), "one that has answered");
	participants_free(&participants);
}

Test(participants, a_sum_beyond_64_bits_is_an_error)
{
	struct participants participants = four(TALLY_SUM);
	struct exec_all_result g;
	struct error err;

	participants.value = (struct tally_value){.any = true, .number = (__int128)INT64_MAX + 1};
	cr_assert_eq(participants_result(&participants, &g, &err), -1);
	cr_assert_eq(err.code, ERR_SERVICE);
	participants.value.number = INT64_MIN;
	cr_assert_eq(participants_result(&participants, &g, &err), 0);
	cr_assert(g.valued && g.value == INT64_MIN && !g.listed);
	free((void *)(uintptr_t)g.words);
	participants_free(&participants);
}

Test(participants, of_nobody_there_is_a_count_and_no_sum)
{
	struct participants participants = {.kind = TALLY_COUNT};
	struct exec_all_result g;
	struct error err;

	cr_assert_eq(participants_result(&participants, &g, &err), 0);
	cr_assert(g.valued && g.value == 0);
	free((void *)(uintptr_t)g.words);
	participants.kind = TALLY_SUM;
	cr_assert_eq(participants_result(&participants, &g, &err), 0);
	cr_assert_not(g.valued);
	free((void *)(uintptr_t)g.words);
	participants_free(&participants);
}
