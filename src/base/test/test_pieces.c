/* Memory that is given back and taken again. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/pieces.h"

TestSuite(pieces, .timeout = 60);

#define SIZE 100

Test(pieces, a_new_one_is_zeroed_whatever_was_in_it)
{
	static const char zeroed[SIZE];
	struct pieces p = {.size = SIZE};

	for (int i = 0; i < 3; i++) {
		char *piece = pieces_new(&p);
		cr_assert_eq(memcmp(piece, zeroed, SIZE), 0);
		memset(piece, 'x', SIZE);
		pieces_give(&p, piece);
	}
}

Test(pieces, those_that_are_out_at_once_differ_and_what_is_kept_is_bounded)
{
	struct pieces p = {.size = SIZE};
	char *out[2 * PIECES_MOST];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2 * PIECES_MOST; i++)
			memset(out[i] = pieces_take(&p), i, SIZE);
		cr_assert_eq(p.count, 0);
		for (int i = 0; i < 2 * PIECES_MOST; i++) {
			cr_assert_eq(out[i][0], (char)i);
			cr_assert_eq(out[i][SIZE - 1], (char)i);
			pieces_give(&p, out[i]);
		}
		cr_assert_leq(p.count, PIECES_MOST);
	}
}
