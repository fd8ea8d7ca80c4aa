/*
 * Gearman: a job server between a client and one worker, or several that take their time, all of
 * them processes of their own. Client and worker speak its protocol with nothing around it
 * (https://gearman.org/protocol/: "\0REQ" or "\0RES", type, size, both big-endian, then the data).
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "declare.h"
#include "dtree.h"
#include "load.h"
#include "peer.h"
#include "process.h"

enum packet_type {
	CAN_DO = 1,
	PRE_SLEEP = 4,
	NOOP = 6,
	SUBMIT_JOB = 7,
	JOB_CREATED = 8,
	GRAB_JOB = 9,
	NO_JOB = 10,
	JOB_ASSIGN = 11,
	WORK_COMPLETE = 13,
};

#define HEAD  ((size_t)12)
#define CHUNK ((size_t)64 * 1024)
/* Workers that share what takes 5 ms, and nodes that do, as "echo lines --slow" has it. */
#define SLOW_ONES 8
#define SLOW_NS   5000000
#define SHARED    64

/* A connection with a read buffer. */
struct line {
	int fd; /* -1: not connected */
	struct buffer in;
	struct buffer out;
};

struct gearman {
	struct peer peer;
	pid_t pid; /* 0: not started */
	struct line line;
	struct dtree slow; /* has SLOW_ONES nodes */
	char *echo;        /* a program; owned */
};

static void packet_add(struct line *line, enum packet_type type, const void *bytes, size_t n)
{
	const uint32_t head[] = {htonl((uint32_t)type), htonl((uint32_t)n)};

	buffer_add(&line->out, "\0REQ", 4);
	buffer_add(&line->out, head, sizeof head);
	buffer_add(&line->out, bytes, n);
}

static int line_flush(struct line *line, struct error *err)
{
	int rc = talk_write(line->fd, buffer_bytes(&line->out), buffer_size(&line->out), err);

	buffer_take(&line->out, buffer_size(&line->out));
	return rc;
}

/* The size of the complete packet at the front, with its head; 0: none. */
static size_t packet_size(const struct line *line)
{
	uint32_t n;

	if (buffer_size(&line->in) < HEAD)
		return 0;
	memcpy(&n, buffer_bytes(&line->in) + 8, sizeof n);
	return buffer_size(&line->in) < HEAD + ntohl(n) ? 0 : HEAD + ntohl(n);
}

/* The next packet, which stays at the front: its type, or -1. */
static int packet_next(struct line *line, struct error *err)
{
	uint32_t type;

	while (!packet_size(line)) {
		ssize_t n = talk_some(line->fd, buffer_reserve(&line->in, CHUNK), CHUNK, err);
		if (n < 0)
			return -1;
		buffer_claim(&line->in, (size_t)n);
	}
	memcpy(&type, buffer_bytes(&line->in) + 4, sizeof type);
	return (int)ntohl(type);
}

static void packet_drop(struct line *line)
{
	buffer_take(&line->in, packet_size(line));
}

/* Answers a job with its own handle and a result. */
static void complete(struct line *line)
{
	const char *handle = buffer_bytes(&line->in) + HEAD;
	size_t n = strnlen(handle, packet_size(line) - HEAD);
	cleanup_free char *data = mem_format("%.*s.1", (int)n, handle);

	data[n] = '\0';
	packet_add(line, WORK_COMPLETE, data, n + 2);
	packet_add(line, GRAB_JOB, NULL, 0);
}

struct worker {
	uint16_t port;
	pid_t server;
	const char *function; /* that it has */
	long ns;              /* it takes for a job */
};

static void work(void *arg)
{
	const struct worker *worker = arg;
	struct error err = {0};
	struct line line = {.fd = peer_connect_port(worker->port, worker->server, &err)};

	if (line.fd < 0)
		return;
	packet_add(&line, CAN_DO, worker->function, strlen(worker->function));
	packet_add(&line, GRAB_JOB, NULL, 0);
	while (line_flush(&line, &err) == 0) {
		struct pollfd wait = {.fd = line.fd, .events = POLLIN};
		int type;

		/* The benchmark may send nothing for a long time. */
		if (!packet_size(&line))
			poll(&wait, 1, -1);
		type = packet_next(&line, &err);
		if (type < 0)
			return;
		if (type == JOB_ASSIGN) {
			nanosleep(&(struct timespec){.tv_nsec = worker->ns}, NULL);
			complete(&line);
		} else if (type == NO_JOB) {
			packet_add(&line, PRE_SLEEP, NULL, 0);
		} else if (type == NOOP) {
			packet_add(&line, GRAB_JOB, NULL, 0);
		}
		packet_drop(&line);
	}
}

/* So many workers of that kind. */
static int start(struct gearman *gearman, struct worker worker, int count, struct error *err)
{
	cleanup_free char *program = peer_find("gearmand");
	cleanup_free char *log = mem_format("--log-file=%s/gearmand.log", process_directory());
	cleanup_free char *port = NULL;

	if (!program)
		return error_set(err, ERR_INTERNAL, "gearmand is gone");
	if (peer_port(&worker.port, err))
		return -1;
	port = mem_format("--port=%u", worker.port);
	char *argv[] = {program, port, "--listen=127.0.0.1", log, NULL};
	if (process_start(argv, &gearman->pid, err))
		return -1;
	worker.server = gearman->pid;
	gearman->line.fd = peer_connect_port(worker.port, gearman->pid, err);
	for (int i = 0; gearman->line.fd >= 0 && i < count; i++)
		if (process_fork(work, &worker, err))
			return -1;
	return gearman->line.fd < 0 ? -1 : 0;
}

static void gearman_init(struct gearman *gearman)
{
	gearman->line.fd = -1;
	gearman->slow = DTREE_CLOSED;
	peer_init(&gearman->peer);
}

static int gearman_open(void *stage, bool floor_only, struct error *err)
{
	struct gearman *gearman = stage;

	gearman_init(gearman);
	if (start(gearman, (struct worker){.function = "one"}, 1, err))
		return -1;
	return floor_only ? 0 : peer_open(&gearman->peer, err);
}

static int slow_open(void *stage, bool floor_only, struct error *err)
{
	struct gearman *gearman = stage;

	gearman_init(gearman);
	gearman->echo = program_find("echo", NULL, NULL);
	if (!gearman->echo)
		return error_set(err, ERR_INTERNAL, "echo is not beside bench");
	if (start(gearman, (struct worker){.function = "slow", .ns = SLOW_NS}, SLOW_ONES, err))
		return -1;
	return floor_only ? 0
	                  : declare_pool(&gearman->slow, "shared", gearman->echo, SLOW_ONES, err);
}

static void gearman_close(void *stage)
{
	struct gearman *gearman = stage;

	peer_close(&gearman->peer);
	dtree_close(&gearman->slow);
	free(gearman->echo);
	if (gearman->line.fd >= 0)
		close(gearman->line.fd);
	if (gearman->pid > 0)
		process_end(gearman->pid);
	buffer_free(&gearman->line.in);
	buffer_free(&gearman->line.out);
}

/* Takes the answers that have come, at least one: gives the number of completed jobs, or -1. */
static ssize_t take(struct line *line, struct error *err)
{
	ssize_t done = 0;

	do {
		int type = packet_next(line, err);
		if (type < 0)
			return -1;
		if (type != JOB_CREATED && type != WORK_COMPLETE)
			return error_set(err, ERR_INTERNAL, "gearmand answered %d", type);
		done += type == WORK_COMPLETE;
		packet_drop(line);
	} while (packet_size(line));
	return done;
}

static int flood(struct line *line, const char *function, size_t count, size_t window,
                 struct error *err)
{
	static const char rest[] = "\0\0001"; /* no unique name, data */
	cleanup_free char *job = mem_format("%s...", function);
	const size_t size = strlen(function) + sizeof rest - 1;
	size_t sent = 0;
	size_t got = 0;

	memcpy(job + strlen(function), rest, sizeof rest);
	while (got < count) {
		ssize_t n;

		for (; sent < count && sent - got < window; sent++)
			packet_add(line, SUBMIT_JOB, job, size);
		if (line_flush(line, err))
			return -1;
		n = take(line, err);
		if (n < 0)
			return -1;
		got += (size_t)n;
	}
	return 0;
}

static int gearman_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct gearman *gearman = stage;

	for (size_t i = 0; i < row->batch; i++) {
		long long began = process_clock();

		if (flood(&gearman->line, "one", 1, 1, err))
			return -1;
		samples_add(s, (double)(process_clock() - began) / 1e3);
	}
	return 0;
}

static int gearman_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct gearman *gearman = stage;

	for (size_t i = 0; i < row->batch; i++) {
		long long began = process_clock();

		if (flood(&gearman->line, "one", PEER_FLOOD, row->window, err))
			return -1;
		samples_add(s, PEER_FLOOD * 1e9 / (double)(process_clock() - began));
	}
	return 0;
}

static int gearman_shared(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct gearman *gearman = stage;
	long long began = process_clock();

	if (flood(&gearman->line, "slow", SHARED, row->window, err))
		return -1;
	samples_add(s, (double)(process_clock() - began) / 1e6);
	return 0;
}

static int slow_shared(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct gearman *gearman = stage;

	return load_pool(&gearman->slow, SHARED, row->window, s, err);
}

static const struct row rows[] = {
    {"beside gearmand: exec, a job", UNIT_US, peer_trip, gearman_trip, .full = 50, .warm = 2,
     .batch = 20},
    {"beside gearmand: the same, 64 under way", UNIT_RATE, peer_rate, gearman_rate, .full = 20,
     .warm = 1, .batch = 1, .window = 64},
};

static const char *const needs[] = {"gearmand", NULL};

const struct stage stage_gearman = {
    .beside = "gearmand",
    .needs = needs,
    .size = sizeof(struct gearman),
    .open = gearman_open,
    .close = gearman_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};

static const struct row slow_rows[] = {
    {"beside gearmand: exec --any, 8 of 5 ms, 64 under way",
     UNIT_MS,
     slow_shared,
     gearman_shared,
     {{GOAL_RATIO, 1.0}},
     .full = 30,
     .warm = 2,
     .batch = 1,
     .window = SHARED},
};

const struct stage stage_gearman_shared = {
    .beside = "gearmand",
    .needs = needs,
    .size = sizeof(struct gearman),
    .open = slow_open,
    .close = gearman_close,
    .rows = slow_rows,
    .row_count = ARRAY_SIZE(slow_rows),
};
