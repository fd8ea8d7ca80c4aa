/* Frames: a message becomes one, and what arrived is kept without a copy where that can be. */
#include "link/frame.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(frame, .timeout = 60);

Test(frame, a_message_survives_its_frame)
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
