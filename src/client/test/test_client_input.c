/* An exec with input: what is sent, within the credit, and when no more is wanted. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "client/test/client_pair.h"

TestSuite(client_input, .timeout = 60);

static struct dtree_stream *begin(struct pair *p, struct fate *fate)
{
	struct dtree_stream *stream;

	pair_open(p);
	stream = dtree_exec_input(p->client, 7, "a b\0", 5, on_reply, fate, NULL);
	cr_assert(stream);
	cr_assert_gt(dtree_exec_room(stream), 0);
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
	pair_heard(p, "\"method\":\"exec_open\",\"params\":{\"id\":7,\"args\":[\"a b\",\"\"],"
	              "\"stdin\":true}");
	return stream;
}

static void turn(struct pair *p, const char *said)
{
	pair_say(p, said);
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
}

#define REPLY(id, result) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":" result "}\n"

Test(client_input, bytes_go_in_base64_within_the_credit)
{
	struct fate fate = {0};
	struct pair p;
	struct dtree_stream *stream = begin(&p, &fate);

	cr_assert_eq(dtree_exec_feed(stream, "\0\xff", 2, NULL), 0);
	turn(&p, REPLY("1", "{\"stream\":3,\"credit\":1}"));
	pair_heard(&p, "\"exec_feed\",\"params\":{\"stream\":3,\"data_base64\":\"AA==\"}");
	turn(&p, REPLY("2", "{\"credit\":100}"));
	pair_heard(&p, "\"data_base64\":\"/w==\"");
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
	turn(&p, REPLY("3", "{\"credit\":99}"));
	pair_heard(&p, "\"exec_close\",\"params\":{\"stream\":3}");
	cr_assert_eq(fate.answers, 0);
	turn(&p, REPLY("4", "{\"id\":7,\"result_base64\":\"AA==\"}"));
	cr_assert_eq(fate.answers, 1);
	cr_assert_eq(fate.code, DTREE_OK);
	pair_close(&p);
}

Test(client_input, where_no_more_is_wanted_it_closes_itself)
{
	static const char bytes[128 * 1024];
	struct fate fate = {0};
	struct pair p;
	struct dtree_stream *stream = begin(&p, &fate);

	cr_assert_eq(dtree_exec_feed(stream, bytes, sizeof bytes, NULL), 0);
	turn(&p, REPLY("1", "{\"stream\":3,\"credit\":70000}"));
	cr_assert_gt(dtree_exec_room(stream), 0);
	turn(&p, REPLY("2", "{\"credit\":262143,\"ended\":true}"));
	cr_assert_eq(dtree_exec_room(stream), 0);
	cr_assert_eq(dtree_exec_feed(stream, "", 0, NULL), 0);
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
	pair_heard(&p, "\"exec_close\",\"params\":{\"stream\":3}");
	turn(&p, REPLY("3", "{\"id\":7,\"result\":\"y\"}"));
	cr_assert_eq(fate.answers, 1);
	cr_assert_eq(fate.code, DTREE_OK);
	cr_assert_eq(dtree_client_streams(p.client), 0);
	pair_close(&p);
}

Test(client_input, an_abandoned_one_is_told_so)
{
	struct fate fate = {0};
	struct pair p;
	struct dtree_stream *stream = begin(&p, &fate);

	turn(&p, REPLY("1", "{\"stream\":3,\"credit\":70000}"));
	dtree_exec_abandon(stream);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"exec_close\",\"params\":{\"stream\":3,\"abandon\":true}");
	turn(&p, REPLY("2", "{}"));
	cr_assert_eq(fate.answers, 0);
	pair_close(&p);
}

Test(client_input, arguments_that_cannot_be_sent_are_refused)
{
	struct dtree_error err;
	struct fate fate = {0};
	struct pair p;
	char *many = mem_new(DTREE_INPUT_ARGS_MAX + 1);

	pair_open(&p);
	cr_assert_null(dtree_exec_input(p.client, 7, "\xff", 2, on_reply, &fate, &err));
	cr_assert_eq(err.code, DTREE_INVALID);
	cr_assert_null(dtree_exec_input(p.client, 7, "ab", 2, on_reply, &fate, &err));
	cr_assert_eq(err.code, DTREE_INVALID);
	cr_assert_null(
	    dtree_exec_input(p.client, 7, many, DTREE_INPUT_ARGS_MAX + 1, on_reply, &fate, &err));
	cr_assert_str_eq(err.text, "131073 bytes of arguments; at most 131072 go with an input");
	memset(many, 1, DTREE_INPUT_ARGS_MAX - 1);
	cr_assert(dtree_exec_input(p.client, 7, many, DTREE_INPUT_ARGS_MAX, on_reply, &fate, &err));
	cr_assert_eq(fate.answers, 0);
	free(many);
	pair_close(&p);
}

Test(client_input, goes_to_a_node_by_its_name_or_to_one_of_a_group)
{
	struct pair p;
	struct fate fate = {0};
	struct dtree_stream *stream;

	pair_open(&p);
	stream = dtree_exec_input(p.client, 7, "", 0, on_reply, &fate, NULL);
	cr_assert_eq(dtree_exec_name(stream, "worker", 6, NULL), 0);
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"method\":\"exec_open\",\"params\":{\"id\":\"@worker\",");
	stream = dtree_exec_input(p.client, 7, "", 0, on_reply, &fate, NULL);
	cr_assert_eq(dtree_exec_any(stream, "workers", 7, NULL), 0);
	cr_assert_gt(dtree_exec_room(stream), 0);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"method\":\"exec_open\",\"params\":{\"group\":\"workers\",");
	pair_close(&p);
}

static void note_bytes(void *arg, const struct dtree_reply *reply)
{
	size_t n;
	cleanup_free char *bytes = dtree_value_bytes(dtree_reply_result(reply), "result", &n);

	buffer_add(arg, bytes ? bytes : "none", bytes ? n + 1 : 5);
}

Test(client_input, a_result_is_bytes_in_either_form)
{
	static const char *const said[] = {
	    REPLY("1", "{\"result\":\"a\\n\"}"),
	    REPLY("2", "{\"result_base64\":\"AP8=\"}"),
	    REPLY("3", "{\"result_base64\":\"AP8\"}"),
	    REPLY("4", "{\"result\":null}"),
	};
	struct buffer all = {0};
	struct pair p;

	pair_open(&p);
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		cr_assert_eq(
		    dtree_client_send(p.client, dtree_request_new("exec"), note_bytes, &all, NULL),
		    0);
		turn(&p, said[i]);
	}
	cr_assert_eq(buffer_size(&all), 16);
	cr_assert_eq(memcmp(buffer_bytes(&all), "a\n\0\0\xff\0none\0none", 16), 0);
	buffer_free(&all);
	pair_close(&p);
}

static void lost_is(struct pair *p, const struct fate *fate, const char *outcome)
{
	process_until_lost(p);
	fate_is(fate, outcome);
	pair_close(p);
}

Test(client_input, a_program_that_was_started_may_have_run_when_the_connection_is_lost)
{
	struct fate fate = {0};
	struct pair p;
	struct dtree_stream *stream = begin(&p, &fate);

	cr_assert_eq(dtree_exec_feed(stream, "a", 1, NULL), 0);
	turn(&p, REPLY("1", "{\"stream\":3,\"credit\":100}"));
	pair_die(&p);
	lost_is(&p, &fate, "unknown");
}

Test(client_input, an_opening_that_was_sent_may_have_started_it)
{
	struct fate fate = {0};
	struct pair p;

	begin(&p, &fate);
	pair_die(&p);
	lost_is(&p, &fate, "unknown");
}

Test(client_input, a_close_that_was_not_sent_does_not_say_that_it_has_not_run)
{
	struct fate fate = {0};
	struct pair p;
	struct dtree_stream *stream = begin(&p, &fate);

	turn(&p, REPLY("1", "{\"stream\":3,\"credit\":100}"));
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
	/* Nothing is processed between: the close waits in the client. */
	pair_die(&p);
	lost_is(&p, &fate, "unknown");
}

Test(client_input, an_opening_that_was_not_sent_has_started_nothing)
{
	struct fate fate = {0};
	struct pair p;
	struct dtree_stream *stream;

	pair_open(&p);
	stream = dtree_exec_input(p.client, 7, "", 0, on_reply, &fate, NULL);
	cr_assert_gt(dtree_exec_room(stream), 0);
	pair_die(&p);
	lost_is(&p, &fate, "not_run");
}
