/* Redis, which is no tree: an answer from one server process, and writes on disk. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "peer.h"
#include "process.h"

struct redis {
	struct peer peer;
	pid_t pid; /* 0: not started */
	int fd;    /* -1: not connected */
};

/* A repeated command, and its answer. */
struct command {
	const char *request;
	const char *reply;
};

static const struct command echo = {"*2\r\n$4\r\nECHO\r\n$1\r\n1\r\n", "$1\r\n1\r\n"};
static const struct command put = {"*3\r\n$3\r\nSET\r\n$4\r\nname\r\n$4\r\n4711\r\n", "+OK\r\n"};

static int start(struct redis *redis, struct error *err)
{
	const char *directory = process_directory();
	cleanup_free char *program = peer_find("redis-server");
	cleanup_free char *path = mem_format("%s/redis.sock", directory);
	/* Each SET is answered when it is on disk. */
	const char *argv[] = {program,   "--port",
	                      "0",       "--unixsocket",
	                      path,      "--save",
	                      "",        "--appendonly",
	                      "yes",     "--appendfsync",
	                      "always",  "--dir",
	                      directory, NULL};

	if (!program)
		return error_set(err, ERR_INTERNAL, "redis-server is gone");
	/* execv(3) changes no argument; its prototype lacks const for historical reasons. */
	if (process_start((char *const *)(uintptr_t)argv, &redis->pid, err))
		return -1;
	redis->fd = peer_connect_path(path, redis->pid, err);
	return redis->fd < 0 ? -1 : 0;
}

static int redis_open(void *stage, bool floor_only, struct error *err)
{
	struct redis *redis = stage;

	redis->fd = -1;
	peer_init(&redis->peer);
	if (start(redis, err))
		return -1;
	return floor_only ? 0 : peer_open(&redis->peer, err);
}

static void redis_close(void *stage)
{
	struct redis *redis = stage;

	peer_close(&redis->peer);
	if (redis->fd >= 0)
		close(redis->fd);
	if (redis->pid > 0)
		process_end(redis->pid);
}

/* Reads the replies that have come: gives how many are complete, or -1. `at`: bytes of the next one
 * that have come. */
static ssize_t take(int fd, const struct command *command, size_t *at, struct error *err)
{
	const size_t size = strlen(command->reply);
	char bytes[8192];
	ssize_t n = talk_some(fd, bytes, sizeof bytes, err);
	ssize_t got = 0;

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != command->reply[*at])
			return error_set(err, ERR_INTERNAL, "redis answered something else");
		*at = (*at + 1) % size;
		got += *at == 0;
	}
	return n < 0 ? -1 : got;
}

static int flood(int fd, const struct command *command, size_t count, size_t window,
                 struct error *err)
{
	struct buffer out = {0};
	size_t sent = 0;
	size_t got = 0;
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && got < count) {
		ssize_t n;

		for (; sent < count && sent - got < window; sent++)
			buffer_add_string(&out, command->request);
		rc = talk_write(fd, buffer_bytes(&out), buffer_size(&out), err);
		buffer_take(&out, buffer_size(&out));
		n = rc == 0 ? take(fd, command, &at, err) : -1;
		rc = n < 0 ? -1 : 0;
		got += n < 0 ? 0 : (size_t)n;
	}
	buffer_free(&out);
	return rc;
}

static int redis_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct redis *redis = stage;

	for (size_t i = 0; i < row->batch; i++) {
		long long began = process_clock();

		if (flood(redis->fd, &echo, 1, 1, err))
			return -1;
		samples_add(s, (double)(process_clock() - began) / 1e3);
	}
	return 0;
}

static int rate(struct redis *redis, const struct command *command, const struct row *row,
                struct samples *s, struct error *err)
{
	for (size_t i = 0; i < row->batch; i++) {
		long long began = process_clock();

		if (flood(redis->fd, command, PEER_FLOOD, row->window, err))
			return -1;
		samples_add(s, PEER_FLOOD * 1e9 / (double)(process_clock() - began));
	}
	return 0;
}

static int redis_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return rate(stage, &echo, row, s, err);
}

static int redis_put(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return rate(stage, &put, row, s, err);
}

static const struct row rows[] = {
    {"beside redis: exec, ECHO", UNIT_US, peer_trip, redis_trip, .full = 50, .warm = 2,
     .batch = 20},
    {"beside redis: the same, 64 under way", UNIT_RATE, peer_rate, redis_rate, .full = 20,
     .warm = 1, .batch = 1, .window = 64},
    {"beside redis: durable writes, 64 under way", UNIT_RATE, peer_put, redis_put, .full = 20,
     .warm = 1, .batch = 1, .window = 64},
};

static const char *const needs[] = {"redis-server", NULL};

const struct stage stage_redis = {
    .beside = "redis",
    .needs = needs,
    .size = sizeof(struct redis),
    .open = redis_open,
    .close = redis_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
