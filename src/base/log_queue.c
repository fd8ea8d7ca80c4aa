/*
 * One queue in a process. Invariant: the queue holds whole lines, except that the thread may have
 * taken the front of the first one. A line is copied out before it is written, so that nothing
 * waits while the lock is held.
 */
#include "base/log_queue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"

/* A descriptor that polls as ready and takes nothing is tried again after this. */
#define PAUSE_MS 10

static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;    /* there are bytes */
	pthread_cond_t written; /* there are none, and none are being written */
	char bytes[LOG_QUEUE_SIZE];
	size_t first;
	size_t count;
	bool writing;
	uint64_t dropped; /* since the last line that told of it */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static bool log_queue_has_room(size_t n)
{
	return n <= LOG_QUEUE_SIZE - queue.count;
}

static void log_queue_put(const char *bytes, size_t n)
{
	size_t at = (queue.first + queue.count) % LOG_QUEUE_SIZE;
	size_t front = n < LOG_QUEUE_SIZE - at ? n : LOG_QUEUE_SIZE - at;

	memcpy(queue.bytes + at, bytes, front);
	memcpy(queue.bytes, bytes + front, n - front);
	queue.count += n;
}

/* Adds a line that tells how many lines are missing here, if that leaves room for n bytes more. */
static void put_dropped(size_t n)
{
	cleanup_free char *text = NULL;
	cleanup_free char *line = NULL;

	if (!queue.dropped)
		return;
	text =
	    mem_format("%llu line%s dropped: standard error did not take them in time",
	               (unsigned long long)queue.dropped, queue.dropped == 1 ? " was" : "s were");
	line = log_format(LOG_LEVEL_WARN, "log", text);
	if (!log_queue_has_room(strlen(line) + n))
		return;
	log_queue_put(line, strlen(line));
	queue.dropped = 0;
}

static void add_line(const char *line, size_t n)
{
	pthread_mutex_lock(&queue.lock);
	put_dropped(n);
	if (queue.dropped || !log_queue_has_room(n))
		queue.dropped++;
	else
		log_queue_put(line, n);
	pthread_cond_signal(&queue.work);
	pthread_mutex_unlock(&queue.lock);
}

/* Up to PIPE_BUF bytes, which a pipe takes as one write (pipe(7)): whole lines, or a part of a
 * longer one. */
static size_t log_queue_take(char *out)
{
	size_t n = queue.count < PIPE_BUF ? queue.count : PIPE_BUF;
	const char *end;

	for (size_t i = 0; i < n; i++)
		out[i] = queue.bytes[(queue.first + i) % LOG_QUEUE_SIZE];
	end = memrchr(out, '\n', n);
	if (end)
		n = (size_t)(end - out) + 1;
	queue.first = (queue.first + n) % LOG_QUEUE_SIZE;
	queue.count -= n;
	return n;
}

/* Waits without a limit. false: the rest is lost. */
static bool log_queue_write_all(const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(STDERR_FILENO, bytes, n);
		if (written >= 0) {
			bytes += written;
			n -= (size_t)written;
			continue;
		}
		if (errno == EAGAIN) {
			struct pollfd ready = {STDERR_FILENO, POLLOUT, 0};
			poll(&ready, 1, -1);
			if (ready.revents)
				poll(NULL, 0, PAUSE_MS);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

static uint64_t count_lines(const char *bytes, size_t n)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	return lines;
}

static void *log_queue_run(void *arg)
{
	char bytes[PIPE_BUF];

	(void)arg;
	pthread_mutex_lock(&queue.lock);
	for (;;) {
		size_t n;
		bool good;

		if (!queue.count)
			pthread_cond_broadcast(&queue.written);
		while (!queue.count)
			pthread_cond_wait(&queue.work, &queue.lock);
		n = log_queue_take(bytes);
		queue.writing = true;
		pthread_mutex_unlock(&queue.lock);
		good = log_queue_write_all(bytes, n);
		pthread_mutex_lock(&queue.lock);
		queue.writing = false;
		if (!good)
			queue.dropped += count_lines(bytes, n);
		else if (!queue.count)
			put_dropped(0);
	}
	return NULL;
}

int log_queue_start(struct error *err)
{
	pthread_t thread;
	int rc;

	thread_condition(&queue.written);
	/* The thread blocks SIGTTOU like all signals, so a write from the background to a terminal
	 * does not stop the process (termios(3), TOSTOP). */
	rc = thread_start(&thread, log_queue_run, NULL);
	if (rc)
		return error_set(err, ERR_LIMIT, "no thread for the log: %s", strerror(rc));
	/* The thread may be stuck in a write when the process ends, so it is never joined. */
	pthread_detach(thread);
	log_divert(add_line, false);
	return 0;
}

void log_queue_stop(int64_t patience_ms)
{
	struct timespec end;
	int rc = 0;

	clock_after(patience_ms, &end);
	pthread_mutex_lock(&queue.lock);
	while ((queue.count || queue.writing) && rc == 0)
		rc = pthread_cond_timedwait(&queue.written, &queue.lock, &end);
	pthread_mutex_unlock(&queue.lock);
	/* A reader that has not read by now would block a direct write as well. */
	if (rc == 0)
		log_divert(NULL, false);
}
