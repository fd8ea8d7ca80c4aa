/* Names of links: no two lives or connections share one, and nothing else is taken for one. */
#include "link/frame.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"

TestSuite(link_name, .timeout = 60);

static const struct link_name names[] = {
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

Test(link_name, what_is_written_is_read)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char bytes[LINK_NAME_SIZE];
		struct link_name back;

		link_name_write(&names[i], bytes);
		cr_assert_eq(link_name_read(bytes, sizeof bytes, &back), 0);
		cr_assert_eq(back.id, names[i].id);
		cr_assert_eq(back.incarnation, names[i].incarnation);
		cr_assert_eq(back.generation, names[i].generation);
	}
}

Test(link_name, different_names_have_different_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t j = 0; j < i; j++) {
			char a[LINK_NAME_SIZE];
			char b[LINK_NAME_SIZE];

			link_name_write(&names[i], a);
			link_name_write(&names[j], b);
			cr_assert_neq(memcmp(a, b, sizeof a), 0, "%zu and %zu", i, j);
		}
}

/* zmq_setsockopt(3): a routing id that begins with a zero byte is libzmq's own. */
Test(link_name, no_name_begins_with_a_zero)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char bytes[LINK_NAME_SIZE];

		link_name_write(&names[i], bytes);
		cr_assert_neq(bytes[0], 0);
	}
}

Test(link_name, another_size_is_no_name)
{
	char bytes[LINK_NAME_SIZE + 1] = {0};
	struct link_name back;

	link_name_write(&names[1], bytes);
	for (size_t size = 0; size <= sizeof bytes; size++) {
		/* Memory of exactly that size, so that reading past it is seen. */
		cleanup_free char *copy = mem_new(size);

		memcpy(copy, bytes, size);
		cr_assert_eq(link_name_read(copy, size, &back), size == LINK_NAME_SIZE ? 0 : -1);
	}
}

Test(link_name, another_first_byte_is_no_name)
{
	char bytes[LINK_NAME_SIZE];
	struct link_name back;

	link_name_write(&names[1], bytes);
	for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
		bytes[0] = (char)c;
		cr_assert_eq(link_name_read(bytes, sizeof bytes, &back), c == 'n' ? 0 : -1);
	}
}

Test(link_name, a_message_survives_its_frame)
{
	static const int32_t route[] = {7, 8};
	struct message m = {.type = MSG_EXEC,
	                    .flags = FLAG_LAST,
	                    .route_len = 2,
	                    .route = route,
	                    .request = 4,
	                    .payload = "abc",
	                    .payload_size = 3};
	struct message back;
	struct error err;
	zmq_msg_t frame;

	frame_make(&frame, &m);
	cr_assert_eq(zmq_msg_size(&frame), message_size(&m));
	cr_assert_eq(message_read(zmq_msg_data(&frame), zmq_msg_size(&frame), &back, &err), 0, "%s",
	             err.text);
	cr_assert_eq(back.request, 4);
	cr_assert_eq(back.payload_size, 3);
	cr_assert_eq(memcmp(back.payload, "abc", 3), 0);
	zmq_msg_close(&frame);
}

static zmq_msg_t filled(const char *text)
{
	zmq_msg_t whole;

	cr_assert_eq(zmq_msg_init_size(&whole, strlen(text)), 0);
	memcpy(zmq_msg_data(&whole), text, strlen(text));
	return whole;
}

static void assert_kept(const struct frame *frame, const char *text)
{
	zmq_msg_t kept;

	frame_keep(frame, &kept);
	cr_assert_eq(zmq_msg_size(&kept), strlen(text));
	cr_assert_arr_eq(zmq_msg_data(&kept), text, strlen(text));
	zmq_msg_close(&kept);
}

Test(frame, a_whole_one_is_moved)
{
	zmq_msg_t whole = filled("whole");
	struct frame frame = frame_of(&whole);

	assert_kept(&frame, "whole");
	cr_assert_eq(zmq_msg_size(&whole), 0);
	zmq_msg_close(&whole);
}

Test(frame, a_part_is_copied)
{
	zmq_msg_t whole = filled("a part of it");
	struct frame frame = {.bytes = (char *)zmq_msg_data(&whole) + 2, .size = 4};

	assert_kept(&frame, "part");
	assert_kept(&frame, "part");
	cr_assert_eq(zmq_msg_size(&whole), 12);
	zmq_msg_close(&whole);
}
