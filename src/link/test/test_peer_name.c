/* Routing ids: no two lives or connections share one, and no other bytes are accepted. */
#include "link/peer_name.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"

TestSuite(peer_name, .timeout = 60);

static const struct peer_name names[] = {
    {0, 0, 0},
    {1, 1, 1},
    {-2, 1, 1},
    {INT_MAX, UINT32_MAX, UINT64_MAX},
    {INT_MIN, 0, UINT64_MAX},
    {INT_MIN, UINT32_MAX, 0},
    {10, 2, 3},
    {10, 3, 2},
    {2, 10, 3},
};

Test(peer_name, what_is_written_is_read)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char bytes[PEER_NAME_SIZE];
		struct peer_name back;

		peer_name_write(&names[i], bytes);
		cr_assert_eq(peer_name_read(bytes, sizeof bytes, &back), 0);
		cr_assert_eq(back.id, names[i].id);
		cr_assert_eq(back.incarnation, names[i].incarnation);
		cr_assert_eq(back.generation, names[i].generation);
	}
}

Test(peer_name, different_names_have_different_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t j = 0; j < i; j++) {
			char a[PEER_NAME_SIZE];
			char b[PEER_NAME_SIZE];

			peer_name_write(&names[i], a);
			peer_name_write(&names[j], b);
			cr_assert_neq(memcmp(a, b, sizeof a), 0, "%zu and %zu", i, j);
		}
}

/* zmq_setsockopt(3): a routing id that begins with a zero byte is libzmq's own. */
Test(peer_name, no_name_begins_with_a_zero)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char bytes[PEER_NAME_SIZE];

		peer_name_write(&names[i], bytes);
		cr_assert_neq(bytes[0], 0);
	}
}

Test(peer_name, another_size_is_no_name)
{
	char bytes[PEER_NAME_SIZE + 1] = {0};
	struct peer_name back;

	peer_name_write(&names[1], bytes);
	for (size_t size = 0; size <= sizeof bytes; size++) {
		/* Memory of exactly that size, so that a sanitizer finds reads past it. */
		cleanup_free char *copy = mem_new(size);

		memcpy(copy, bytes, size);
		cr_assert_eq(peer_name_read(copy, size, &back), size == PEER_NAME_SIZE ? 0 : -1);
	}
}

Test(peer_name, another_first_byte_is_no_name)
{
	char bytes[PEER_NAME_SIZE];
	struct peer_name back;

	peer_name_write(&names[1], bytes);
	for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
		bytes[0] = (char)c;
		cr_assert_eq(peer_name_read(bytes, sizeof bytes, &back), c == 'n' ? 0 : -1);
	}
}
