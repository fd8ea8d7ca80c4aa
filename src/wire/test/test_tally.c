/* Tallies: merging is exact in any order, written tallies are read back, invalid ones are
 * refused. */
#include "wire/tally.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(tally, .timeout = 60);

static struct tally tally_of(enum tally_kind kind)
{
	return (struct tally){.kind = kind};
}

static void add(struct tally *t, int id, const char *text)
{
	tally_add_result(t, id, text, text ? strlen(text) : 0, TALLY_TEXT_MAX);
}

/* A view of the encoded tally; the caller frees *bytes. */
static struct tally_view view_of(const struct tally *t, struct buffer *bytes)
{
	struct tally_view view;
	struct error err;

	*bytes = (struct buffer){0};
	tally_write(t, bytes);
	cr_assert_eq(buffer_size(bytes), tally_size(t));
	cr_assert_eq(tally_read(buffer_bytes(bytes), buffer_size(bytes), t->kind, &view, &err), 0,
	             "%s", err.text);
	cr_assert_eq(tally_growth(&view) + 24, tally_size(t));
	return view;
}

static void merge(struct tally *into, struct tally *from)
{
	struct buffer bytes;
	struct tally_view view = view_of(from, &bytes);

	tally_merge(into, &view);
	buffer_free(&bytes);
	tally_clear(from);
}

static void assert_value(const struct tally *t, __int128 wanted, size_t ids)
{
	struct buffer bytes;
	struct tally_view view = view_of(t, &bytes);

	cr_assert(view.value.any);
	cr_assert(view.value.number == wanted);
	cr_assert_eq(view.id_count, ids);
	buffer_free(&bytes);
}

/* Three nodes, merged in each order. */
static void reduces(enum tally_kind kind, const char *const results[3], __int128 wanted)
{
	static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		struct tally all = tally_of(kind);
		struct tally pair = tally_of(kind);
		struct tally one = tally_of(kind);

		add(&one, orders[i][0], results[orders[i][0]]);
		add(&pair, orders[i][1], results[orders[i][1]]);
		add(&pair, orders[i][2], results[orders[i][2]]);
		merge(&all, &one);
		merge(&all, &pair);
		assert_value(&all, wanted, 3);
		tally_clear(&all);
	}
}

Test(tally, reductions_are_the_same_in_any_order)
{
	static const char *const small[] = {"7", "-5", "+3"};
	static const char *const large[] = {"9223372036854775807", "9223372036854775807", "-1"};

	reduces(TALLY_SUM, small, 5);
	reduces(TALLY_MIN, small, -5);
	reduces(TALLY_MAX, small, 7);
	reduces(TALLY_MIN, large, -1);
	reduces(TALLY_MAX, large, INT64_MAX);
	/* The intermediate sum needs more than 64 bits. */
	reduces(TALLY_SUM, large, (__int128)INT64_MAX * 2 - 1);
}

Test(tally, a_result_that_is_no_number_is_a_word)
{
	static const char *const bad[] = {"", "x", "1.5", "9223372036854775808", " 1", NULL};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct tally t = tally_of(TALLY_SUM);
		struct tally_word word;
		struct buffer bytes;
		struct tally_view view;
		size_t at = 0;

		add(&t, 4, bad[i]);
		view = view_of(&t, &bytes);
		cr_assert(!view.value.any && view.id_count == 0);
		cr_assert(tally_word(&view, &at, &word));
		cr_assert(word.id == 4 && word.kind == TALLY_NO_NUMBER);
		cr_assert_not(tally_word(&view, &at, &word));
		buffer_free(&bytes);
		tally_clear(&t);
	}
}

Test(tally, a_list_holds_what_each_said)
{
	static const struct tally_word wanted[] = {
	    {-7, TALLY_TEXT, "a;b", 3},   {8, TALLY_NOTHING, "", 0}, {9, TALLY_LARGE, "", 0},
	    {10, TALLY_REFUSED, "no", 2}, {11, TALLY_LATE, "", 0},   {12, TALLY_TEXT, "", 0}};
	struct tally all = tally_of(TALLY_LIST);
	struct tally below = tally_of(TALLY_LIST);
	struct tally_word word;
	struct tally_view view;
	struct buffer bytes;
	size_t at = 0;

	tally_add_result(&all, -7, "a;b", 3, 3);
	tally_add_result(&all, 8, NULL, 0, 3);
	tally_add_result(&all, 9, "a;bc", 4, 3);
	tally_add_word(&below, &wanted[3]);
	tally_add_word(&below, &wanted[4]);
	tally_add_result(&below, 12, "", 0, 3);
	merge(&all, &below);
	view = view_of(&all, &bytes);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		cr_assert(tally_word(&view, &at, &word));
		cr_assert(word.id == wanted[i].id && word.kind == wanted[i].kind, "word %zu", i);
		cr_assert(word.size == wanted[i].size &&
		          memcmp(word.text, wanted[i].text, word.size) == 0);
	}
	cr_assert_not(tally_word(&view, &at, &word));
	buffer_free(&bytes);
	tally_clear(&all);
}

Test(tally, a_count_needs_no_number)
{
	struct tally t = tally_of(TALLY_COUNT);
	struct buffer bytes;
	struct tally_view view;

	add(&t, 1, "x");
	add(&t, -2, NULL);
	view = view_of(&t, &bytes);
	cr_assert_eq(view.id_count, 2);
	cr_assert_eq(tally_id(&view, 0), 1);
	cr_assert_eq(tally_id(&view, 1), -2);
	cr_assert(!view.value.any);
	buffer_free(&bytes);
	tally_clear(&t);
}

static bool accepted(const char *bytes, size_t size, enum tally_kind kind)
{
	cleanup_free char *copy = mem_new(size); /* so that a sanitizer finds reads past it */
	struct tally_view view;
	struct error err = {0};

	memcpy(copy, bytes, size);
	if (tally_read(copy, size, kind, &view, &err) == 0)
		return true;
	cr_assert_eq(err.code, ERR_PARSE);
	return false;
}

Test(tally, junk_is_refused)
{
	struct tally sum = tally_of(TALLY_SUM);
	struct buffer bytes = {0};
	char *b;

	add(&sum, 1, "5");
	add(&sum, 2, "x");
	tally_write(&sum, &bytes);
	b = buffer_bytes(&bytes);
	cr_assert(accepted(b, buffer_size(&bytes), TALLY_SUM));
	cr_assert_not(accepted(b, buffer_size(&bytes), TALLY_MIN), "another kind");
	for (size_t n = 0; n < buffer_size(&bytes); n++)
		if (n != 28)
			cr_assert_not(accepted(b, n, TALLY_SUM), "cut at %zu", n);
	b[4]++;
	cr_assert_not(accepted(b, buffer_size(&bytes), TALLY_SUM), "more ids than there are");
	b[4]--;
	b[1] = 0;
	cr_assert_not(accepted(b, buffer_size(&bytes), TALLY_SUM), "ids without a value");
	b[1] = 1;
	b[16] = 1;
	cr_assert_not(accepted(b, buffer_size(&bytes), TALLY_SUM), "more than one id can be");
	b[16] = 0;
	b[32] = TALLY_TEXT;
	cr_assert_not(accepted(b, buffer_size(&bytes), TALLY_SUM), "a listed word");
	b[32] = 77;
	cr_assert_not(accepted(b, buffer_size(&bytes), TALLY_SUM), "a word that is none");
	b[32] = TALLY_NO_NUMBER;
	cr_assert(accepted(b, buffer_size(&bytes), TALLY_SUM));
	buffer_free(&bytes);
	tally_clear(&sum);
}

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15U);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

Test(tally, no_changed_byte_is_read_past_the_end)
{
	uint64_t state = 17;

	for (int round = 0; round < 20000; round++) {
		enum tally_kind kind = (enum tally_kind)(random_next(&state) % TALLY_KINDS);
		struct tally t = tally_of(kind);
		struct buffer bytes = {0};
		size_t at;

		for (int i = 0; i < 3; i++) {
			if (kind == TALLY_PING)
				tally_add_id(&t, i);
			else
				add(&t, i, i ? "12" : NULL);
		}
		tally_write(&t, &bytes);
		at = random_next(&state) % buffer_size(&bytes);
		buffer_bytes(&bytes)[at] = (char)random_next(&state);
		if (accepted(buffer_bytes(&bytes), buffer_size(&bytes), kind)) {
			struct tally_view view;
			struct tally_word word;

			tally_read(buffer_bytes(&bytes), buffer_size(&bytes), kind, &view, NULL);
			for (size_t i = 0; i < view.id_count; i++)
				tally_id(&view, i);
			for (size_t w = 0; tally_word(&view, &w, &word);)
				cr_assert_leq(word.size, TALLY_TEXT_MAX);
		}
		buffer_free(&bytes);
		tally_clear(&t);
	}
}

Test(tally, kinds_have_names)
{
	enum tally_kind kind;

	cr_assert(tally_kind_find("list", &kind) == 0 && kind == TALLY_LIST);
	cr_assert(tally_kind_find("max", &kind) == 0 && kind == TALLY_MAX);
	cr_assert_eq(tally_kind_find("ping", &kind), -1);
	cr_assert_eq(tally_kind_find("", &kind), -1);
	cr_assert_eq(tally_kind_find("SUM", &kind), -1);
}
