/* A client of libdtree, and the test in the place of dtreed: a connection that can end. */
#ifndef TESTS_CLIENT_PAIR_H
#define TESTS_CLIENT_PAIR_H

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "dtree/client.h"

/* A client, and the other end of its connection. */
struct pair {
	char folder[32];
	char *path;
	int listener;
	int fd;
	struct dtree_client *client;
};

static inline void pair_open(struct pair *p)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct dtree_error err;

	*p = (struct pair){.folder = "/tmp/dtreeXXXXXX"};
	cr_assert(mkdtemp(p->folder));
	p->path = mem_format("%s/c", p->folder);
	memcpy(address.sun_path, p->path, strlen(p->path) + 1);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(p->listener, (struct sockaddr *)&address, sizeof address), 0);
	cr_assert_eq(listen(p->listener, 1), 0);
	p->client = dtree_client_connect(p->path, &err);
	cr_assert(p->client, "%s", err.text);
	p->fd = accept(p->listener, NULL, NULL);
	cr_assert(p->fd >= 0);
}

static inline void pair_close(struct pair *p)
{
	dtree_client_free(p->client);
	close(p->listener);
	if (p->fd >= 0)
		close(p->fd);
	unlink(p->path);
	rmdir(p->folder);
	free(p->path);
}

/* The other end is closed, with unread bytes. */
static inline void pair_die(struct pair *p)
{
	close(p->fd);
	p->fd = -1;
}

static inline void pair_say(const struct pair *p, const char *line)
{
	cr_assert_eq(write(p->fd, line, strlen(line)), (ssize_t)strlen(line));
}

static inline void process_until_lost(struct pair *p)
{
	struct dtree_error err;

	while (dtree_client_process(p->client, &err) == 0) {
		struct pollfd pfd = {dtree_client_fd(p->client), POLLIN, 0};
		poll(&pfd, 1, -1);
	}
	cr_assert_eq(err.code, DTREE_LOST);
	cr_assert_eq(dtree_client_fd(p->client), -1);
	cr_assert_eq(dtree_client_due(p->client), 0);
	cr_assert_eq(dtree_client_streams(p->client), 0);
}

/* The bytes that the client has written so far contain this text. */
static inline void pair_heard(const struct pair *p, const char *text)
{
	static char bytes[1024 * 1024];
	ssize_t n = recv(p->fd, bytes, sizeof bytes - 1, MSG_DONTWAIT);

	cr_assert_gt(n, 0, "nothing was written");
	bytes[n] = '\0';
	cr_assert(memmem(bytes, (size_t)n, text, strlen(text)), "%s", text);
}

/* The outcome of a request. */
struct fate {
	unsigned answers;
	int code;
	char name[32];
	char outcome[16];
};

static inline void on_reply(void *arg, const struct dtree_reply *reply)
{
	struct fate *fate = arg;

	fate->answers++;
	fate->code = dtree_reply_code(reply);
	snprintf(fate->name, sizeof fate->name, "%s", dtree_reply_name(reply));
	snprintf(fate->outcome, sizeof fate->outcome, "%s", dtree_reply_outcome(reply));
}

static inline void fate_is(const struct fate *fate, const char *outcome)
{
	cr_assert_eq(fate->answers, 1);
	cr_assert_eq(fate->code, DTREE_LOST);
	cr_assert_str_eq(fate->name, "LOST");
	cr_assert_str_eq(fate->outcome, outcome);
}

static inline void fate_is_cancelled(const struct fate *fate, const char *outcome)
{
	cr_assert_eq(fate->answers, 1);
	cr_assert_eq(fate->code, DTREE_CANCELLED);
	cr_assert_str_eq(fate->outcome, outcome);
}

static inline void ask(struct pair *p, struct fate *fate)
{
	cr_assert_eq(
	    dtree_client_send(p->client, dtree_request_new("pingall"), on_reply, fate, NULL), 0);
}

#endif
