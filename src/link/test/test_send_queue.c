/* What is given to a link arrives, also where signals interrupt the calls of libzmq. */
#include "link/send_queue.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <ev.h>
#include <string.h>

#include "base/error.h"

int __real_zmq_send(void *socket, const void *bytes, size_t n, int flags);
int __wrap_zmq_send(void *socket, const void *bytes, size_t n, int flags);
int __real_zmq_msg_send(zmq_msg_t *frame, void *socket, int flags);
int __wrap_zmq_msg_send(zmq_msg_t *frame, void *socket, int flags);

static int interrupts; /* calls that a signal is still to interrupt */
static int interrupted;

static bool interrupt(void)
{
	if (!interrupts)
		return false;
	interrupts--;
	interrupted++;
	errno = EINTR;
	return true;
}

int __wrap_zmq_send(void *socket, const void *bytes, size_t n, int flags)
{
	return interrupt() ? -1 : __real_zmq_send(socket, bytes, n, flags);
}

int __wrap_zmq_msg_send(zmq_msg_t *frame, void *socket, int flags)
{
	return interrupt() ? -1 : __real_zmq_msg_send(frame, socket, flags);
}

static void *context;
static void *near;
static void *far;
static struct zwatch watch;

static void socket_pair(void)
{
	context = zmq_ctx_new();
	near = zmq_socket(context, ZMQ_PAIR);
	far = zmq_socket(context, ZMQ_PAIR);
	cr_assert_eq(zmq_bind(far, "inproc://far"), 0);
	cr_assert_eq(zmq_connect(near, "inproc://far"), 0);
	watch.socket = near;
}

static void socket_pair_end(void)
{
	zmq_close(near);
	zmq_close(far);
	zmq_ctx_term(context);
}

/* The size of the next frame; -1: there is none. */
static int next_size(bool *more)
{
	zmq_msg_t frame;
	int size;

	zmq_msg_init(&frame);
	size = zmq_msg_recv(&frame, far, ZMQ_DONTWAIT);
	*more = size >= 0 && zmq_msg_more(&frame);
	zmq_msg_close(&frame);
	return size;
}

TestSuite(send_queue, .init = socket_pair, .fini = socket_pair_end, .timeout = 60);

Test(send_queue, an_interrupted_message_arrives_once)
{
	const struct message m = {.type = MSG_PING, .request = 7};
	struct send_queue q = {.watch = &watch};
	bool more;

	interrupts = 3;
	cr_assert(send_queue_send(&q, &m));
	send_queue_flush(&q);
	cr_assert_eq(interrupted, 3);
	cr_assert_eq(next_size(&more), (int)message_size(&m));
	cr_assert_eq(next_size(&more), -1);
}

Test(send_queue, an_interrupted_batch_arrives_once)
{
	const struct message m = {.type = MSG_PING, .request = 7};
	struct send_queue q = {.watch = &watch};
	bool more;

	for (int i = 0; i < 3; i++)
		cr_assert(send_queue_send(&q, &m));
	cr_assert_eq(next_size(&more), (int)message_size(&m));
	interrupts = 2;
	send_queue_flush(&q);
	cr_assert_gt(next_size(&more), 2 * (int)message_size(&m));
	cr_assert_eq(next_size(&more), -1);
}

Test(send_queue, a_name_and_its_message_are_not_torn_apart)
{
	static const char name[PEER_NAME_SIZE] = "name";
	const struct message m = {.type = MSG_PING, .request = 7};
	struct send_queue q = {.watch = &watch, .routing = name};
	bool more;

	interrupts = 1;
	cr_assert(send_queue_send(&q, &m));
	cr_assert_eq(next_size(&more), PEER_NAME_SIZE);
	cr_assert(more);
	cr_assert_eq(next_size(&more), (int)message_size(&m));
	cr_assert_not(more);
}

Test(send_queue, what_the_peer_cannot_take_is_said)
{
	const struct message m = {.type = MSG_PING, .request = 7};
	struct send_queue q = {.watch = &watch};
	void *alone = zmq_socket(context, ZMQ_PAIR);

	watch.socket = alone;
	cr_assert_not(send_queue_send(&q, &m));
	zmq_close(alone);
}
