/*
 * Owns the measured dtreed and the connection to it. Every reply is checked: a fast error is no
 * result.
 */
#include "dtree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/program.h"
#include "process.h"
#include "wire/json.h"

/* How long dtreed may take to start. */
#define START_NS 60000000000LL
#define SHOWN    300

static void write_create(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"create\","
	              "\"params\":{\"id\":%d}}\n",
	              number, id);
}

static void write_exec(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\","
	              "\"params\":{\"id\":%d,\"args\":[\"1\",\"1\"]}}\n",
	              number, id);
}

static void write_traced(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\",\"trace\":true,"
	              "\"params\":{\"id\":%d,\"args\":[\"1\",\"1\"]}}\n",
	              number, id);
}

static void write_kill(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"kill\","
	              "\"params\":{\"id\":%d}}\n",
	              number, id);
}

const struct request request_create = {write_create, "\"pid\":"};
const struct request request_exec = {write_exec, "\"result\":\"1\""};
const struct request request_traced = {write_traced, "\"spans\":"};
const struct request request_kill = {write_kill, "\"removed\":"};

char *dtree_program(const char *variable, const char *name)
{
	const char *named = getenv(variable);

	return named && *named ? mem_string(named) : program_find(name, "../..", NULL);
}

static void add_option(char ***argv, size_t *count, char *word)
{
	*argv = mem_resize(*argv, (*count + 1) * sizeof **argv);
	(*argv)[(*count)++] = word;
}

static void make_argv(struct dtree *dtree, const char *directory, const char *const *options)
{
	size_t count = 0;

	add_option(&dtree->argv, &count, mem_string(dtree->dtreed));
	add_option(&dtree->argv, &count, mem_format("--config=%s/dtreed.conf", directory));
	add_option(&dtree->argv, &count, mem_format("--runtime-dir=%s/run", directory));
	add_option(&dtree->argv, &count, mem_format("--state-dir=%s/state", directory));
	add_option(&dtree->argv, &count, mem_format("--socket=%s", dtree->socket));
	add_option(&dtree->argv, &count, mem_string("--log-level=error"));
	for (; options && *options; options++)
		add_option(&dtree->argv, &count, mem_string(*options));
	add_option(&dtree->argv, &count, NULL);
}

/* The file is empty, so that the machine's settings are not used. */
static int make_config(const char *directory, struct error *err)
{
	cleanup_free char *config = mem_format("%s/dtreed.conf", directory);
	int fd = -1;

	if (mkdir(directory, 0700) == 0)
		fd = open(config, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, ERR_INTERNAL, "%s: %s", config, strerror(errno));
	close(fd);
	return 0;
}

int dtree_launch(struct dtree *dtree, struct error *err)
{
	long long began = process_clock();

	if (process_start(dtree->argv, &dtree->pid, err)) {
		dtree->pid = 0;
		return -1;
	}
	while (talk_open(&dtree->talk, dtree->socket, err)) {
		if (process_stopped())
			return error_set(err, ERR_INTERNAL, "interrupted");
		if (process_ended(dtree->pid))
			return error_set(err, ERR_INTERNAL, "%s ended at once", dtree->dtreed);
		if (process_clock() - began > START_NS)
			return -1;
		poll(NULL, 0, 1);
	}
	return 0;
}

int dtree_open_as(struct dtree *dtree, const char *name, const char *dtreed,
                  const char *const *options, struct error *err)
{
	cleanup_free char *directory = mem_format("%s/%s", process_directory(), name);

	*dtree = DTREE_CLOSED;
	dtree->dtreed = mem_string(dtreed);
	dtree->dtreectl = dtree_program("DTREECTL", "dtreectl");
	if (!dtree->dtreectl)
		return error_set(err, ERR_INTERNAL, "dtreectl was not found: run make");
	dtree->socket = mem_format("%s/control.sock", directory);
	make_argv(dtree, directory, options);
	if (make_config(directory, err))
		return -1;
	return dtree_launch(dtree, err);
}

int dtree_open(struct dtree *dtree, const char *name, const char *const *options, struct error *err)
{
	cleanup_free char *dtreed = dtree_program("DTREED", "dtreed");

	if (dtreed)
		return dtree_open_as(dtree, name, dtreed, options, err);
	*dtree = DTREE_CLOSED;
	return error_set(err, ERR_INTERNAL, "dtreed was not found: run make");
}

void dtree_close(struct dtree *dtree)
{
	talk_close(&dtree->talk);
	if (dtree->pid > 0)
		process_end(dtree->pid);
	for (size_t i = 0; dtree->argv && dtree->argv[i]; i++)
		free(dtree->argv[i]);
	free(dtree->argv);
	free(dtree->socket);
	free(dtree->dtreed);
	free(dtree->dtreectl);
	*dtree = DTREE_CLOSED;
}

void dtree_crash(struct dtree *dtree)
{
	kill(dtree->pid, SIGKILL);
	process_reap(dtree->pid);
	dtree->pid = 0;
	talk_close(&dtree->talk);
}

int dtree_send(struct dtree *dtree, struct error *err, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_set(err, ERR_INTERNAL, "no memory for a request");
	return talk_write(dtree->talk.fd, line, (size_t)n, err);
}

static int check(const char *line, size_t n, const char *wanted, struct error *err)
{
	if (memmem(line, n, wanted, strlen(wanted)))
		return 0;
	return error_set(err, ERR_INTERNAL, "dtreed answered %.*s", (int)(n < SHOWN ? n : SHOWN),
	                 line);
}

int dtree_expect(struct dtree *dtree, const char *wanted, struct error *err)
{
	size_t n;
	char *line;

	if (talk_line(&dtree->talk, &line, &n, err))
		return -1;
	return check(line, n, wanted, err);
}

int dtree_ask(struct dtree *dtree, const struct request *request, int id, struct error *err)
{
	return dtree_ask_all(dtree, request, &id, 1, err);
}

static int flush(struct dtree *dtree, struct buffer *out, struct error *err)
{
	int rc = talk_write(dtree->talk.fd, buffer_bytes(out), buffer_size(out), err);

	buffer_take(out, buffer_size(out));
	return rc;
}

int dtree_ask_all(struct dtree *dtree, const struct request *request, const int *ids, size_t count,
                  struct error *err)
{
	struct buffer out = {0};
	int rc;

	for (size_t i = 0; i < count; i++)
		request->write(&out, i, ids[i]);
	rc = flush(dtree, &out, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = dtree_expect(dtree, request->wanted, err);
	buffer_free(&out);
	return rc;
}

/* Takes the replies that have come, at least one: gives their number, or -1. */
static ssize_t replies_take(struct dtree *dtree, const char *wanted, struct error *err)
{
	ssize_t got = 1;
	size_t n;
	char *line;
	int rc;

	if (dtree_expect(dtree, wanted, err))
		return -1;
	while ((rc = talk_line_ready(&dtree->talk, &line, &n, err)) > 0) {
		if (check(line, n, wanted, err))
			return -1;
		got++;
	}
	return rc < 0 ? -1 : got;
}

int dtree_flood(struct dtree *dtree, const struct request *request, int id, size_t count,
                size_t window, struct error *err)
{
	struct buffer out = {0};
	size_t sent = 0;
	size_t got = 0;
	int rc = 0;

	while (rc == 0 && got < count) {
		for (; sent < count && sent - got < window; sent++)
			request->write(&out, sent, id);
		rc = flush(dtree, &out, err);
		if (rc == 0) {
			ssize_t n = replies_take(dtree, request->wanted, err);
			rc = n < 0 ? -1 : 0;
			got += n < 0 ? 0 : (size_t)n;
		}
	}
	buffer_free(&out);
	return rc;
}

static int read_pid(const char *line, size_t n, pid_t *pid, struct error *err)
{
	struct cJSON *reply = json_parse(line, n, JSON_REPLY_VALUES, NULL, err);
	int64_t number = 0;
	int rc = -1;

	if (reply)
		rc = json_int(json_member(json_member(reply, "result"), "pid"), "pid", 1, INT32_MAX,
		              &number, err);
	json_free(reply);
	*pid = (pid_t)number;
	return rc ? check(line, n, request_create.wanted, err) : 0;
}

pid_t dtree_create(struct dtree *dtree, int id, int parent, const char *more, struct error *err)
{
	size_t n;
	char *line;
	pid_t pid;

	if (dtree_send(dtree, err,
	               "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"create\","
	               "\"params\":{\"id\":%d,\"parent\":%d%s}}\n",
	               id, id, parent, more) ||
	    talk_line(&dtree->talk, &line, &n, err) || read_pid(line, n, &pid, err))
		return -1;
	return pid;
}
