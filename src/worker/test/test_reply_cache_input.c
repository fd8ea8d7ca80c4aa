/* The reply cache before a program that takes input: each byte is passed on once, whatever comes
 * again. */
#include <criterion/criterion.h>
#include <ev.h>
#include <string.h>

#include "base/mem.h"
#include "service/service.h"
#include "worker/reply_cache.h"

TestSuite(reply_cache_input, .timeout = 60);

static struct ev_loop *loop;
static struct reply_cache *cache;
static size_t results;
static unsigned flags; /* of the newest result */
static char text[256];
static uint64_t taken;
static size_t told; /* how often that was said */

static void on_answer(void *arg, struct message *m)
{
	(void)arg;
	cr_assert_eq(m->request, 1);
	if (m->type == MSG_TAKEN) {
		taken = m->taken.bytes;
		told++;
		return;
	}
	cr_assert_eq(m->type, MSG_RESULT);
	cr_assert_lt(m->payload_size, sizeof text);
	memcpy(text, m->payload, m->payload_size);
	text[m->payload_size] = '\0';
	flags = m->flags;
	results++;
}

static void begin(const char *command)
{
	struct program_spec *spec = mem_new(sizeof *spec);
	struct error err;

	program_spec_init(spec, "tried", "here:1");
	cr_assert_eq(program_spec_set(spec, "protocol", "run", &err), 0);
	cr_assert_eq(program_spec_set(spec, "command", command, &err), 0);
	loop = ev_loop_new(EVFLAG_AUTO);
	cache = reply_cache_new(loop, &(struct dtree_node){.id = 7},
	                        &(struct work){.program = spec}, on_answer, NULL);
}

static void end(void)
{
	reply_cache_free(cache);
	ev_loop_destroy(loop);
}

static void send_exec(const char *args, size_t size)
{
	reply_cache_take(cache, &(struct message){.type = MSG_EXEC,
	                                          .request = 1,
	                                          .flags = FLAG_INPUT,
	                                          .exec.serial = 1,
	                                          .payload = args,
	                                          .payload_size = size});
}

static void send_data(uint64_t offset, const char *bytes, unsigned last)
{
	reply_cache_take(cache, &(struct message){.type = MSG_DATA,
	                                          .request = 1,
	                                          .flags = last,
	                                          .data.offset = offset,
	                                          .payload = bytes,
	                                          .payload_size = strlen(bytes)});
}

static void await_result(void)
{
	while (!results)
		ev_run(loop, EVRUN_ONCE);
}

Test(reply_cache_input, what_comes_again_is_passed_on_once)
{
	begin("sh -c 'echo $0; cat'");
	send_exec("argument", 9);
	send_data(0, "abc", 0);
	send_exec("argument", 9);
	send_data(0, "abc", 0);
	send_data(1, "bcde", 0);
	/* One that is ahead of its time. */
	send_data(7, "x", FLAG_LAST);
	send_data(5, "f", FLAG_LAST);
	send_data(5, "f", FLAG_LAST);
	await_result();
	cr_assert_str_eq(text, "argument\nabcdef");
	cr_assert_eq(taken, 6);
	send_exec("argument", 9);
	send_data(5, "f", FLAG_LAST);
	cr_assert_eq(results, 3);
	end();
}

Test(reply_cache_input, a_lost_word_of_what_was_taken_is_said_again)
{
	size_t before;

	begin("cat");
	send_exec("", 0);
	send_data(0, "abc", 0);
	while (taken < 3)
		ev_run(loop, EVRUN_ONCE);
	before = told;
	send_exec("", 0);
	send_data(0, "abc", 0);
	cr_assert_eq(told, before + 2);
	cr_assert_eq(taken, 3);
	send_data(3, "", FLAG_LAST);
	await_result();
	cr_assert_str_eq(text, "abc");
	end();
}

Test(reply_cache_input, another_controller_ends_what_is_half_fed)
{
	begin("cat");
	send_exec("", 0);
	send_data(0, "abc", 0);
	reply_cache_adopt(cache);
	/* Which nobody waits for. */
	cr_assert_eq(results, 1);
	cr_assert_eq(flags, FLAG_REFUSED | FLAG_UNKNOWN | FLAG_LAST);
	send_data(3, "d", FLAG_LAST);
	cr_assert_eq(results, 1);
	end();
}

Test(reply_cache_input, a_service_of_dtrees_own_takes_none)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	cache = reply_cache_new(loop, &(struct dtree_node){.id = 7},
	                        &(struct work){.service = service_find("sum")}, on_answer, NULL);
	send_exec("1\0"
	          "2",
	          4);
	cr_assert_eq(results, 1);
	cr_assert_eq(flags, FLAG_REFUSED | FLAG_LATE | FLAG_LAST);
	cr_assert_str_eq(text,
	                 "the service takes no standard input: it is no program of protocol run");
	send_data(0, "a", FLAG_LAST);
	cr_assert_eq(results, 2);
	end();
}
