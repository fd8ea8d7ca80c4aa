/* One socket in a process, at standard error. Invariant: kept lines are whole, and older than any
 * line that is sent directly. */
#include "base/log_socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define WORD_WAIT_MS 1000

static struct {
	pthread_mutex_t lock;
	struct sockaddr_un address;
	struct buffer kept;
	uint64_t dropped;
} out = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int connect_to_daemon(int fd)
{
	return connect(fd, (const struct sockaddr *)&out.address, sizeof out.address);
}

/* A full queue empties soon; any other failure means that dtreed is gone. */
static bool log_socket_transmit(const char *line, size_t n)
{
	const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

	if (send(STDERR_FILENO, line, n, flags) >= 0)
		return true;
	return errno != EAGAIN && connect_to_daemon(STDERR_FILENO) == 0 &&
	       send(STDERR_FILENO, line, n, flags) >= 0;
}

static bool tell_dropped(void)
{
	cleanup_free char *text = NULL;
	cleanup_free char *line = NULL;

	if (!out.dropped)
		return true;
	text = mem_format("%llu line%s dropped: dtreed did not take them in time",
	                  (unsigned long long)out.dropped, out.dropped == 1 ? " was" : "s were");
	line = log_format(LOG_LEVEL_WARN, "log", text);
	if (!log_socket_transmit(line, strlen(line)))
		return false;
	out.dropped = 0;
	return true;
}

/* true: no line is kept any more. */
static bool flush_kept(void)
{
	while (buffer_size(&out.kept)) {
		const char *line = buffer_bytes(&out.kept);
		const char *end = memchr(line, '\n', buffer_size(&out.kept));
		size_t n = (size_t)(end - line) + 1;

		if (!log_socket_transmit(line, n))
			return false;
		buffer_take(&out.kept, n);
	}
	return tell_dropped();
}

static void send_line(const char *line, size_t n)
{
	pthread_mutex_lock(&out.lock);
	if (!flush_kept() || !log_socket_transmit(line, n)) {
		/* After a dropped line all are dropped until the loss has been told. */
		if (out.dropped || n > LOG_SOCKET_KEPT - buffer_size(&out.kept))
			out.dropped++;
		else
			buffer_add(&out.kept, line, n);
	}
	pthread_mutex_unlock(&out.lock);
}

int log_socket_open(const char *path, struct error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t n = strlen(path);

	if (n >= sizeof out.address.sun_path)
		return error_set(err, ERR_PARAMS, "%s: %zu bytes; at most %zu fit", path, n,
		                 sizeof out.address.sun_path - 1);
	out.address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(out.address.sun_path, path, n + 1);
	if (fd < 0)
		return error_set(err, ERR_LIMIT, "no socket for the log: %s", strerror(errno));
	connect_to_daemon(fd);
	if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		return error_set(err, ERR_LIMIT, "no socket for the log: %s", strerror(errno));
	log_divert(send_line, true);
	return 0;
}

/* false: nobody takes it. */
static bool transmit_word(const char *word, size_t n)
{
	struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (log_socket_transmit(word, n))
		return true;
	return errno == EAGAIN && poll(&room, 1, WORD_WAIT_MS) > 0 && log_socket_transmit(word, n);
}

bool log_socket_word(const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	cleanup_free char *word = NULL;
	va_list ap;
	bool told;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	word = mem_format(LOG_SOCKET_WORD "%s", text ? text : "");
	pthread_mutex_lock(&out.lock);
	told = *out.address.sun_path && transmit_word(word, strlen(word));
	pthread_mutex_unlock(&out.lock);
	return told;
}

bool log_socket_waiting(void)
{
	bool waiting;

	pthread_mutex_lock(&out.lock);
	waiting = buffer_size(&out.kept) || out.dropped;
	pthread_mutex_unlock(&out.lock);
	return waiting;
}

void log_socket_retry(void)
{
	pthread_mutex_lock(&out.lock);
	flush_kept();
	pthread_mutex_unlock(&out.lock);
}
