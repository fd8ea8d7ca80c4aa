/*
 * Owns the dtreed that is measured and the connection to it. Every reply is looked at: a fast error
 * is no result.
 */
#include "dtree.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "process.h"
#include "talk.h"

/* The first of the nodes that come and go. */
#define PASSING 1001
/* dtreed is up by then. */
#define START_NS 10000000000LL

#define EXEC \
	"{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\"," \
	"\"params\":{\"id\":%d,\"args\":[\"1\",\"1\"]}}\n"

/* The program of that name: named by a variable, as the tests do, or from the build tree. */
static char *find(const char *variable, const char *name)
{
	const char *named = getenv(variable);

	return named && *named ? mem_string(named) : program_find(name, "../..", NULL);
}

static int start(struct dtree *dtree, struct error *err)
{
	const char *directory = process_directory();
	cleanup_free char *config = mem_format("%s/dtreed.conf", directory);
	cleanup_free char *run = mem_format("%s/run", directory);
	cleanup_free char *state = mem_format("%s/state", directory);
	char *argv[] = {dtree->dtreed, "--config",    config, "--runtime-dir", run,  "--state-dir",
	                state,         "--log-level", "warn", "--socket",      NULL, NULL};
	/* Empty: the machine's own settings are not this run's. */
	int fd = open(config, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set(err, ERR_INTERNAL, "%s: cannot be made", config);
	close(fd);
	argv[ARRAY_SIZE(argv) - 2] = dtree->socket;
	return process_start(argv, &dtree->pid, err);
}

static int connect_soon(struct dtree *dtree, struct error *err)
{
	long long began = process_clock();

	while ((dtree->fd = talk_connect(dtree->socket, err)) < 0) {
		if (process_stopped())
			return error_set(err, ERR_INTERNAL, "interrupted");
		if (process_ended(dtree->pid))
			return error_set(err, ERR_INTERNAL, "%s ended at once", dtree->dtreed);
		if (process_clock() - began > START_NS)
			return -1;
		poll(NULL, 0, 5);
	}
	return 0;
}

static int request_send(struct dtree *dtree, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int request_send(struct dtree *dtree, struct error *err, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_set(err, ERR_INTERNAL, "no memory for a request");
	return talk_write(dtree->fd, line, (size_t)n, err);
}

/* Is it a reply that holds this? */
static int check(const char *line, size_t n, const char *wanted, struct error *err)
{
	if (memmem(line, n, wanted, strlen(wanted)))
		return 0;
	return error_set(err, ERR_INTERNAL, "dtreed answered %.*s", (int)(n < 300 ? n : 300), line);
}

static int reply_wait(struct dtree *dtree, const char *wanted, struct error *err)
{
	size_t n;
	char *line;
	int rc;

	while ((rc = line_next(&dtree->replies, &line, &n)) == 0)
		if (talk_fill(dtree->fd, &dtree->replies, err))
			return -1;
	if (rc < 0)
		return error_set(err, ERR_INTERNAL, "a reply of more than %zu bytes",
		                 dtree->replies.max);
	return check(line, n, wanted, err);
}

static int create(struct dtree *dtree, int id, int parent, struct error *err)
{
	if (request_send(dtree, err,
	                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"create\","
	                 "\"params\":{\"id\":%d,\"parent\":%d}}\n",
	                 id, id, parent))
		return -1;
	return reply_wait(dtree, "\"pid\":", err);
}

/* Numbers of nodes that are not where they should be would be worth nothing. */
static int check_depth(struct dtree *dtree, int id, struct error *err)
{
	cleanup_free char *wanted = mem_format("\"depth\":%d", id);

	if (request_send(dtree, err,
	                 "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"status\","
	                 "\"params\":{\"id\":%d}}\n",
	                 id))
		return -1;
	return reply_wait(dtree, wanted, err);
}

int dtree_open(struct dtree *dtree, struct error *err)
{
	*dtree = (struct dtree){.fd = -1, .replies.max = (size_t)1024 * 1024};
	dtree->dtreed = find("DTREED", "dtreed");
	dtree->dtreectl = find("DTREECTL", "dtreectl");
	if (!dtree->dtreed || !dtree->dtreectl)
		return error_set(err, ERR_INTERNAL, "dtreed or dtreectl was not found: run make");
	dtree->socket = mem_format("%s/control.sock", process_directory());
	if (start(dtree, err) || connect_soon(dtree, err))
		return -1;
	for (int id = 1; id <= DTREE_DEPTH; id++)
		if (create(dtree, id, id == 1 ? -1 : id - 1, err) || check_depth(dtree, id, err))
			return -1;
	return 0;
}

void dtree_close(struct dtree *dtree)
{
	if (dtree->fd >= 0)
		close(dtree->fd);
	if (dtree->pid > 0)
		process_end(dtree->pid);
	line_free(&dtree->replies);
	free(dtree->socket);
	free(dtree->dtreed);
	free(dtree->dtreectl);
}

int dtree_round_trips(struct dtree *dtree, int id, size_t count, struct samples *samples,
                      struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		long long began = process_clock();

		if (request_send(dtree, err, EXEC, i, id) ||
		    reply_wait(dtree, "\"result\":\"1\"", err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1000);
	}
	return 0;
}

/* Takes the replies that are there: how many, or -1. */
static ssize_t replies_take(struct dtree *dtree, struct error *err)
{
	ssize_t got = 0;
	size_t n;
	char *line;
	int rc;

	while ((rc = line_next(&dtree->replies, &line, &n)) > 0) {
		if (check(line, n, "\"result\":\"1\"", err))
			return -1;
		got++;
	}
	return rc < 0 ? error_set(err, ERR_INTERNAL, "a reply that is too long") : got;
}

int dtree_flood(struct dtree *dtree, int id, size_t count, size_t window, struct samples *samples,
                struct error *err)
{
	struct buffer out = {0};
	size_t sent = 0;
	size_t got = 0;
	int rc = 0;
	long long began = process_clock();

	while (rc == 0 && got < count) {
		for (; sent < count && sent - got < window; sent++)
			buffer_format(&out, EXEC, sent, id);
		rc = talk_write(dtree->fd, buffer_bytes(&out), buffer_size(&out), err);
		buffer_take(&out, buffer_size(&out));
		if (rc == 0)
			rc = talk_fill(dtree->fd, &dtree->replies, err);
		if (rc == 0) {
			ssize_t n = replies_take(dtree, err);
			rc = n < 0 ? -1 : 0;
			got += n < 0 ? 0 : (size_t)n;
		}
	}
	if (rc == 0)
		samples_add(samples, (double)count * 1e9 / (double)(process_clock() - began));
	buffer_free(&out);
	return rc;
}

int dtree_creates(struct dtree *dtree, size_t count, struct samples *samples, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		long long began = process_clock();

		if (create(dtree, PASSING + (int)i, -1, err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1000);
	}
	for (size_t i = 0; i < count; i++)
		if (request_send(dtree, err,
		                 "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"kill\","
		                 "\"params\":{\"id\":%d}}\n",
		                 PASSING + (int)i) ||
		    reply_wait(dtree, "\"removed\":", err))
			return -1;
	return 0;
}

int dtree_pings(struct dtree *dtree, size_t count, struct samples *samples, struct error *err)
{
	char *argv[] = {dtree->dtreectl, "--socket", dtree->socket, "ping", "1", NULL};

	for (size_t i = 0; i < count; i++) {
		double us;

		if (process_run(argv, &us, err))
			return -1;
		samples_add(samples, us);
	}
	return 0;
}
