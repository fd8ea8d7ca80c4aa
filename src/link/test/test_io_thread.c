/* Linux's counters of libzmq's thread. */
#include "link/io_thread.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

Test(io_thread, the_thread_is_found_and_is_not_this_one, .timeout = 60)
{
	void *context = zmq_ctx_new();
	void *socket = zmq_socket(context, ZMQ_ROUTER);
	struct io_thread t = {0};

	while (!t.tid)
		io_thread_waited(&t, 10);
	cr_assert_neq(t.tid, gettid());
	cr_assert_gt(t.turns, 0);
	cr_assert_geq(io_thread_waited(&t, 10), 0);
	cr_assert_leq(io_thread_waited(&t, 10), 10);
	zmq_close(socket);
	zmq_ctx_term(context);
}

Test(io_thread, where_there_is_none_it_never_waits, .timeout = 60)
{
	struct io_thread t = {0};

	cr_assert_eq(io_thread_waited(&t, 1000), 0);
	cr_assert_eq(t.tid, 0);
}

Test(io_thread, no_descriptor_is_kept, .timeout = 60)
{
	void *context = zmq_ctx_new();
	void *socket = zmq_socket(context, ZMQ_ROUTER);
	struct io_thread t = {0};
	int before = open("/dev/null", O_RDONLY);
	int after;

	close(before);
	for (int i = 0; i < 100; i++)
		io_thread_waited(&t, 10);
	after = open("/dev/null", O_RDONLY);
	cr_assert_eq(after, before);
	close(after);
	zmq_close(socket);
	zmq_ctx_term(context);
}
