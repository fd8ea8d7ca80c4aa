/* A worker's log: it never waits, keeps the order, counts lost lines, and finds the next dtreed. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_socket.h"
#include "base/mem.h"

/* It is a path and no abstract name, because a later dtreed has the same path. */
static char path[64];
static int daemon_fd = -1;

static int listen_there(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	unlink(path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void set_up(void)
{
	struct error err;

	snprintf(path, sizeof path, "/tmp/dtree-log-%d", (int)getpid());
	daemon_fd = listen_there();
	log_open("test", LOG_LEVEL_INFO);
	cr_assert_eq(log_socket_open(path, &err), 0);
}

static void tear_down(void)
{
	unlink(path);
}

TestSuite(log_socket, .init = set_up, .fini = tear_down, .timeout = 60);

/* The next line; "" if there is none. */
static const char *heard(int fd)
{
	static char text[1024];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

Test(log_socket, a_line_is_a_datagram_with_its_priority)
{
	log_warn("area", "node %d\nis", 5);
	cr_assert_str_eq(heard(daemon_fd), "<4>area: node 5?is\n");
	cr_assert_not(log_socket_waiting());
}

Test(log_socket, what_is_printed_is_a_datagram_too)
{
	cr_assert_eq(write(STDERR_FILENO, "error\n", 6), 6);
	cr_assert_str_eq(heard(daemon_fd), "error\n");
	cr_assert_eq(write(STDOUT_FILENO, "word\n", 5), 5);
	cr_assert_str_eq(heard(daemon_fd), "word\n");
}

Test(log_socket, nobody_waits_for_who_does_not_read_and_what_is_lost_is_counted)
{
	const int said = 2000;
	int seen = 0;
	int dropped = 0;

	for (int i = 0; i < said; i++)
		log_warn("area", "line %d", i);
	while (log_socket_waiting()) {
		const char *text = heard(daemon_fd);
		char wanted[64];

		snprintf(wanted, sizeof wanted, "<4>area: line %d\n", seen);
		if (*text) {
			cr_assert_str_eq(text, wanted);
			seen++;
		}
		log_socket_retry();
	}
	for (const char *text; *(text = heard(daemon_fd));) {
		if (sscanf(text, "<4>log: %d lines were dropped", &dropped) == 1)
			break;
		seen++;
	}
	cr_assert_gt(dropped, 0);
	cr_assert_eq(seen + dropped, said);
	cr_assert_lt(seen * 15, (int)LOG_SOCKET_KEPT + 16 * 600);
}

Test(log_socket, the_next_dtreed_hears_what_was_said_without_one)
{
	int next;

	close(daemon_fd);
	log_warn("area", "one");
	log_warn("area", "two");
	cr_assert(log_socket_waiting());
	log_socket_retry();
	cr_assert(log_socket_waiting());
	next = listen_there();
	log_socket_retry();
	cr_assert_not(log_socket_waiting());
	cr_assert_str_eq(heard(next), "<4>area: one\n");
	cr_assert_str_eq(heard(next), "<4>area: two\n");
}

Test(log_socket, a_file_made_anew_is_found_by_the_next_line)
{
	int next = listen_there();

	/* dtreed makes the socket again when the file is gone, and closes the old one. */
	close(daemon_fd);
	log_warn("area", "here");
	cr_assert_str_eq(heard(next), "<4>area: here\n");
}

Test(log_socket, why_it_ends_is_no_line)
{
	cr_assert(log_socket_word("no %s", "library"));
	cr_assert_str_eq(heard(daemon_fd), "<0>no library");
	cr_assert(log_socket_word("%s", ""));
	cr_assert_str_eq(heard(daemon_fd), "<0>");
	close(daemon_fd);
	unlink(path);
	cr_assert_not(log_socket_word("too late"));
	cr_assert_not(log_socket_waiting());
}

static void *read_later(void *fd)
{
	struct timespec moment = {.tv_nsec = 100000000};

	nanosleep(&moment, NULL);
	while (*heard(*(int *)fd))
		;
	return NULL;
}

Test(log_socket, why_it_ends_waits_for_its_turn)
{
	pthread_t reader;

	while (!log_socket_waiting())
		log_info("area", "one more");
	cr_assert_eq(pthread_create(&reader, NULL, read_later, &daemon_fd), 0);
	cr_assert(log_socket_word("it broke"));
	pthread_join(reader, NULL);
}
