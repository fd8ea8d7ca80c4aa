/* How far an exec has come: who asked is told until the answer, and what is no progress is dropped.
 */
#include "dtree/client.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/test/client_pair.h"

TestSuite(client_progress, .timeout = 60);

struct heard {
	struct fate fate;
	unsigned times;
	double done;
	double total;
	char text[64];
	struct dtree_stream *abandoned; /* given up at the next */
	struct dtree_client *cancelled; /* the same, by its client */
};

static void on_progress(void *arg, const struct dtree_progress *progress)
{
	struct heard *heard = arg;

	heard->times++;
	heard->done = progress->done;
	heard->total = progress->total;
	snprintf(heard->text, sizeof heard->text, "%s", progress->text);
	if (heard->abandoned)
		dtree_exec_abandon(heard->abandoned);
	if (heard->cancelled)
		dtree_client_cancel(heard->cancelled, &heard->fate);
}

static struct dtree_stream *progress_exec(struct pair *p, struct heard *heard, size_t size)
{
	struct dtree_stream *stream =
	    dtree_exec_open(p->client, 1, DTREE_BLANKS, on_reply, &heard->fate, NULL);
	char *ones = mem_try(size);

	memset(ones, '1', size);
	dtree_exec_progress(stream, on_progress, heard);
	cr_assert_eq(dtree_exec_feed(stream, ones, size, NULL), 0);
	free(ones);
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
	return stream;
}

static void tell(struct pair *p, const char *params)
{
	cleanup_free char *line =
	    mem_format("{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":%s}\n", params);

	pair_say(p, line);
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
}

static void is(const struct heard *heard, unsigned times, double done, double total,
               const char *text)
{
	cr_assert_eq(heard->times, times);
	cr_assert_eq(heard->done, done);
	cr_assert_eq(heard->total, total);
	cr_assert_str_eq(heard->text, text);
}

Test(client_progress, it_is_told_until_the_answer)
{
	struct pair p;
	struct heard heard = {0};

	pair_open(&p);
	progress_exec(&p, &heard, 1);
	pair_heard(&p, "\"progress\":true");
	tell(&p, "{\"id\":1,\"done\":1.5,\"total\":4,\"text\":\"here\"}");
	is(&heard, 1, 1.5, 4, "here");
	tell(&p, "{\"id\":1,\"done\":2}");
	is(&heard, 2, 2, 0, "");
	pair_say(&p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
	tell(&p, "{\"id\":1,\"done\":3}");
	cr_assert_eq(heard.fate.answers, 1);
	is(&heard, 2, 2, 0, "");
	pair_close(&p);
}

Test(client_progress, of_a_stream_it_has_the_id_of_its_close)
{
	struct pair p;
	struct heard heard = {0};

	pair_open(&p);
	progress_exec(&p, &heard, (size_t)65 * 1024);
	pair_heard(&p, "\"method\":\"exec_open\",\"params\":{\"id\":1,\"progress\":true}");
	pair_say(&p,
	         "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"stream\":1,\"credit\":262143}}\n");
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	/* 2 and 3 are feeds, 4 is the close. */
	tell(&p, "{\"id\":2,\"done\":1}");
	is(&heard, 0, 0, 0, "");
	tell(&p, "{\"id\":4,\"done\":1}");
	is(&heard, 1, 1, 0, "");
	pair_close(&p);
}

Test(client_progress, what_is_none_is_dropped)
{
	static const char *const bad[] = {
	    "{\"id\":1}",
	    "{\"id\":1,\"done\":-1}",
	    "{\"id\":1,\"done\":\"1\"}",
	    "{\"id\":1,\"done\":1e400}",
	    "{\"id\":1,\"done\":1,\"total\":-0.5}",
	    "{\"id\":1,\"done\":1,\"total\":[]}",
	    "{\"id\":1,\"done\":1,\"text\":7}",
	    "{\"id\":2,\"done\":1}",
	    "{\"id\":\"1\",\"done\":1}",
	    "{\"done\":1}",
	    "[]",
	    "null",
	};
	struct pair p;
	struct heard heard = {0};
	struct fate event = {0};

	pair_open(&p);
	dtree_client_on_event(p.client, on_reply, &event);
	progress_exec(&p, &heard, 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tell(&p, bad[i]);
		cr_assert_eq(heard.times, 0, "%s", bad[i]);
	}
	cr_assert_eq(event.answers, 0);
	pair_close(&p);
}

Test(client_progress, nobody_is_told_who_did_not_ask)
{
	struct pair p;
	struct fate fate = {0};

	pair_open(&p);
	ask(&p, &fate);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	tell(&p, "{\"id\":1,\"done\":1}");
	cr_assert_eq(fate.answers, 0);
	pair_close(&p);
}

Test(client_progress, an_exec_may_be_given_up_in_it)
{
	for (int cancelled = 0; cancelled < 2; cancelled++) {
		struct pair p;
		struct heard heard = {0};
		struct dtree_stream *stream;

		pair_open(&p);
		stream = progress_exec(&p, &heard, 1);
		if (cancelled)
			heard.cancelled = p.client;
		else
			heard.abandoned = stream;
		tell(&p, "{\"id\":1,\"done\":1}");
		tell(&p, "{\"id\":1,\"done\":2}");
		is(&heard, 1, 1, 0, "");
		pair_say(&p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
		cr_assert_eq(dtree_client_process(p.client, NULL), 0);
		cr_assert_eq(heard.fate.answers, 0);
		pair_close(&p);
	}
}
