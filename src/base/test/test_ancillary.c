/* What comes beside the bytes of a message. */
#include "base/ancillary.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(ancillary, .timeout = 60);

static void open_pair(int ends[2])
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

Test(ancillary, a_descriptor_arrives_with_its_message)
{
	int ends[2];
	int pipes[2];
	int got = -1;
	char text[8] = "";
	char through = 0;

	open_pair(ends);
	cr_assert_eq(pipe(pipes), 0);
	cr_assert_eq(ancillary_send(ends[0], "hello", 5,
	                            &(struct ancillary){SCM_RIGHTS, &pipes[1], sizeof pipes[1]},
	                            MSG_NOSIGNAL),
	             5);
	close(pipes[1]);
	cr_assert_eq(ancillary_receive(ends[1], text, sizeof text,
	                               &(struct ancillary){SCM_RIGHTS, &got, sizeof got}, 0, NULL),
	             5);
	cr_assert_str_eq(text, "hello");
	cr_assert_geq(got, 0);
	cr_assert(fcntl(got, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(write(got, "x", 1), 1);
	cr_assert_eq(read(pipes[0], &through, 1), 1);
	cr_assert_eq(through, 'x');
}

Test(ancillary, the_kernel_says_who_sent_it)
{
	struct ucred from = {0};
	int ends[2];
	int on = 1;
	char text[8] = "";

	open_pair(ends);
	cr_assert_eq(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
	cr_assert_eq(send(ends[0], "hello", 5, 0), 5);
	cr_assert_eq(ancillary_receive(ends[1], text, sizeof text,
	                               &(struct ancillary){SCM_CREDENTIALS, &from, sizeof from}, 0,
	                               NULL),
	             5);
	cr_assert_eq(from.pid, getpid());
	cr_assert_eq(from.uid, geteuid());
}

Test(ancillary, a_message_without_it_changes_nothing)
{
	int ends[2];
	int got = -1;
	char text[4];
	bool truncated = true;
	const struct ancillary beside = {SCM_RIGHTS, &got, sizeof got};

	open_pair(ends);
	cr_assert_eq(send(ends[0], "hi", 2, 0), 2);
	cr_assert_eq(ancillary_receive(ends[1], text, sizeof text, &beside, 0, &truncated), 2);
	cr_assert_eq(got, -1);
	cr_assert(!truncated);
	cr_assert_eq(send(ends[0], "hello", 5, 0), 5);
	cr_assert_eq(ancillary_receive(ends[1], text, sizeof text, &beside, 0, &truncated), 4);
	cr_assert(truncated);
	cr_assert_eq(
	    ancillary_receive(ends[1], text, sizeof text, &beside, MSG_DONTWAIT, &truncated), -1);
}
