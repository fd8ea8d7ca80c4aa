/* Clients and the loop in one thread. Sockets are abstract and named by the kernel: no files. */
#include "control/test/control_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

struct controller *fake;
struct control *control;
struct ev_loop *loop;
int shutdowns;
struct reloads reloads;
struct peer *peer;

static struct sockaddr_un address;
static socklen_t address_size;

static void on_shutdown(void *arg)
{
	++*(int *)arg;
}

static void on_reload(void *arg, uint64_t question, const struct reload_request *request)
{
	(void)arg;
	reloads.count++;
	reloads.question = question;
	reloads.request = *request;
}

void control_start(size_t line_max, size_t clients_max)
{
	struct control_config config = {
	    .line_max = line_max,
	    .clients_max = clients_max,
	    .groups = {.operate = {true, OPERATORS}, .observe = {true, OBSERVERS}},
	    .audits = true,
	    .shutdown = on_shutdown,
	    .reload = on_reload,
	    .arg = &shutdowns};
	struct error err;

	config.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sun_family = AF_UNIX;
	cr_assert_eq(bind(config.listen_fd, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	cr_assert_eq(listen(config.listen_fd, 100), 0);
	address_size = sizeof address;
	cr_assert_eq(getsockname(config.listen_fd, (struct sockaddr *)&address, &address_size), 0);
	loop = ev_loop_new(EVFLAG_AUTO);
	fake = fake_new(loop);
	control = control_new(loop, fake, &config, &err);
	cr_assert(control);
}

void control_stop(void)
{
	control_free(control);
	fake_free(fake);
	ev_loop_destroy(loop);
}

struct peer *peer_new(void)
{
	struct peer *p = mem_new(sizeof *p);

	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(p->fd, (struct sockaddr *)&address, address_size), 0);
	return p;
}

void peer_free(struct peer *p)
{
	close(p->fd);
	buffer_free(&p->in);
	free(p);
}

void control_set_up(void)
{
	control_start(0, 0);
	peer = peer_new();
}

void control_tear_down(void)
{
	peer_free(peer);
	control_stop();
}

/* Buffers what has come; false: nothing. */
static bool take(struct peer *p, bool *closed)
{
	ssize_t n = recv(p->fd, buffer_reserve(&p->in, 65536), 65536, MSG_DONTWAIT);

	*closed = n == 0 || (n < 0 && errno != EAGAIN);
	if (n > 0)
		buffer_claim(&p->in, (size_t)n);
	return n > 0;
}

void peer_write(struct peer *p, const char *bytes, size_t n)
{
	int64_t end = clock_ms() + PATIENCE;

	while (n) {
		ssize_t sent = send(p->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		bool closed;
		if (sent < 0 && errno != EAGAIN)
			return;
		bytes += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
		cr_assert_lt(clock_ms(), end, "nobody reads");
		ev_run(loop, EVRUN_NOWAIT);
		take(p, &closed);
	}
}

void peer_send(struct peer *p, const char *line)
{
	peer_write(p, line, strlen(line));
	peer_write(p, "\n", 1);
}

char *peer_line(struct peer *p)
{
	int64_t end = clock_ms() + PATIENCE;
	size_t searched = 0;
	bool closed = false;

	for (;;) {
		size_t size = buffer_size(&p->in);
		char *lf = size > searched
		               ? memchr(buffer_bytes(&p->in) + searched, '\n', size - searched)
		               : NULL;
		if (lf) {
			size_t n = (size_t)(lf - buffer_bytes(&p->in));
			char *line = mem_copy(buffer_bytes(&p->in), n);
			buffer_take(&p->in, n + 1);
			return line;
		}
		if (closed)
			return NULL;
		searched = size;
		cr_assert_lt(clock_ms(), end, "no line comes");
		ev_run(loop, EVRUN_NOWAIT);
		take(p, &closed);
	}
}

void peer_expect(struct peer *p, const char *line)
{
	cleanup_free char *got = peer_line(p);

	cr_assert(got, "closed, and not '%s'", line);
	cr_assert_str_eq(got, line);
}

void peer_expect_part(struct peer *p, const char *part)
{
	cleanup_free char *got = peer_line(p);

	cr_assert(got, "closed, and no '%s'", part);
	cr_assert(strstr(got, part), "'%.300s' has no '%s'", got, part);
}

void peer_ask(struct peer *p, const char *line, const char *reply)
{
	peer_send(p, line);
	peer_expect(p, reply);
}

static char *request(const char *method, const char *params)
{
	return mem_format("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"%s%s}", method,
	                  params ? ",\"params\":" : "", params ? params : "");
}

void peer_call(struct peer *p, const char *method, const char *params, const char *result)
{
	cleanup_free char *line = request(method, params);
	cleanup_free char *reply =
	    mem_format("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}", result);

	peer_ask(p, line, reply);
}

void peer_fail(struct peer *p, const char *method, const char *params, int code, const char *part)
{
	cleanup_free char *line = request(method, params);
	cleanup_free char *head =
	    mem_format("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":%d,", code);
	cleanup_free char *got = NULL;

	peer_send(p, line);
	got = peer_line(p);
	cr_assert(got, "closed after %.300s", line);
	cr_assert(strstr(got, head) == got, "%.300s: %.300s", line, got);
	cr_assert(strstr(got, part), "%.300s: '%.300s' has no '%s'", line, got, part);
}

void peer_expect_end(struct peer *p)
{
	cleanup_free char *got = peer_line(p);

	cr_assert_null(got, "'%.300s' came", got);
}

void peer_expect_refusal(struct peer *p)
{
	peer_expect_part(p, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32007,");
	peer_expect_end(p);
	peer_free(p);
}

void settle(void)
{
	/* More turns than any operation needs. */
	for (int i = 0; i < 50; i++)
		ev_run(loop, EVRUN_NOWAIT);
}
