/* Frames of several messages: which messages wait for the end of the turn, and the reading of
 * invalid frames. */
#include "link/batch.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

static struct batch batch;

static void clean_up(void)
{
	buffer_free(&batch.kept);
}

TestSuite(batch, .fini = clean_up);

static zmq_msg_t frame_with(const void *bytes, size_t size)
{
	zmq_msg_t frame;

	cr_assert_eq(zmq_msg_init_size(&frame, size), 0);
	memcpy(zmq_msg_data(&frame), bytes, size);
	return frame;
}

/* Sends the text: was it kept? */
static bool keep(const char *text)
{
	char *room = batch_room(&batch, strlen(text));

	if (room)
		memcpy(room, text, strlen(text));
	return room;
}

static bool keep_size(size_t size)
{
	cleanup_free char *text = mem_new(size + 1);

	memset(text, 'x', size);
	return keep(text);
}

static void assert_next(struct batch_reader *reader, const char *text)
{
	struct frame one;

	cr_assert_eq(batch_next(reader, &one, NULL), 1);
	cr_assert_eq(one.size, strlen(text));
	cr_assert_arr_eq(one.bytes, text, strlen(text));
	cr_assert_null(one.whole);
}

/* Reads such a frame to its end: gives the last result of batch_next(). */
static int read_all(const void *bytes, size_t size)
{
	zmq_msg_t frame = frame_with(bytes, size);
	struct frame one;
	struct batch_reader reader;
	struct error err;
	int more;

	cr_assert(batch_read(&frame, &reader));
	do {
		more = batch_next(&reader, &one, &err);
	} while (more > 0);
	zmq_msg_close(&frame);
	if (more < 0)
		cr_assert_eq(err.code, ERR_PARSE);
	return more;
}

Test(batch, the_first_of_a_turn_goes_at_once)
{
	zmq_msg_t frame;

	cr_assert_not(keep("one"));
	cr_assert(keep("two"));
	cr_assert(batch_take(&batch, &frame));
	zmq_msg_close(&frame);
	cr_assert_not(batch_take(&batch, &frame));
}

Test(batch, a_single_one_goes_at_once_in_every_turn)
{
	for (int i = 0; i < 3; i++) {
		cr_assert_not(keep("one"));
		batch_turn(&batch);
		batch_turn(&batch);
	}
}

Test(batch, after_a_turn_of_several_the_first_waits_too)
{
	zmq_msg_t frame;

	keep("one");
	keep("two");
	batch_take(&batch, &frame);
	zmq_msg_close(&frame);
	batch_turn(&batch);
	batch_turn(&batch);
	cr_assert(keep("three"));
	batch_take(&batch, &frame);
	zmq_msg_close(&frame);
	batch_turn(&batch);
	cr_assert_not(keep("four"));
}

Test(batch, what_is_kept_is_read_in_its_order)
{
	struct batch_reader reader;
	zmq_msg_t frame;

	keep("0");
	keep("one");
	keep("");
	keep("three");
	cr_assert(batch_take(&batch, &frame));
	cr_assert(batch_read(&frame, &reader));
	assert_next(&reader, "one");
	assert_next(&reader, "");
	assert_next(&reader, "three");
	cr_assert_eq(batch_next(&reader, NULL, NULL), 0);
	zmq_msg_close(&frame);
}

Test(batch, a_large_one_is_not_kept)
{
	keep("0");
	cr_assert(keep_size(BATCH_SMALL));
	cr_assert_not(keep_size(BATCH_SMALL + 1));
	cr_assert(keep("1"));
}

Test(batch, is_full_in_time)
{
	size_t n = 0;

	keep("0");
	for (; !batch_full(&batch); n++)
		cr_assert(keep_size(BATCH_SMALL));
	cr_assert_eq(n, BATCH_BYTES / BATCH_SMALL);
}

Test(batch, a_message_of_its_own_is_no_batch)
{
	struct batch_reader reader;
	zmq_msg_t frame = frame_with("\1", 1);

	cr_assert_not(batch_read(&frame, &reader));
	zmq_msg_close(&frame);
	frame = frame_with("", 0);
	cr_assert_not(batch_read(&frame, &reader));
	zmq_msg_close(&frame);
}

Test(batch, what_does_not_add_up_is_refused)
{
	cr_assert_eq(read_all("B", 1), 0);
	cr_assert_eq(read_all("B\1\0\0\0x", 6), 0);
	cr_assert_eq(read_all("B\1\0\0", 4), -1);
	cr_assert_eq(read_all("B\2\0\0\0x", 6), -1);
	cr_assert_eq(read_all("B\1\0\0\0xy", 7), -1);
	cr_assert_eq(read_all("B\377\377\377\377x", 6), -1);
}

Test(batch, no_message_in_it_is_larger_than_those_that_are_kept)
{
	char bytes[1 + 4 + BATCH_SMALL + 1] = {BATCH_MARK, 1, BATCH_SMALL >> 8};

	cr_assert_eq(read_all(bytes, sizeof bytes), -1);
}
