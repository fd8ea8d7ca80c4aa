/* What a backup of a thousand dictionaries costs the writes to them. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "dtree.h"
#include "process.h"
#include "stage.h"

#define NODES 1000
/* A write is due so often, whatever has become of those before. */
#define PERIOD_NS 2000000LL
/* As many wait at the most; dtreed reads no more than 1024 ahead. */
#define WAITING 1000
/* How long a round without a backup is before there was one. */
#define FIRST_NS 3000000000LL

struct backup {
	struct dtree dtree;
	char *file;
	long long ns; /* that the last backup took */
	unsigned chosen;
};

/* Writes from `began` on; number N is due N periods later. */
struct writes {
	long long began;
	size_t sent;
	size_t answered;
};

static long long writes_due(const struct writes *writes, size_t number)
{
	return writes->began + (long long)number * PERIOD_NS;
}

static void write_put(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\","
	              "\"params\":{\"id\":%d,\"args\":[\"name\",\"%zu\"]}}\n",
	              number, id, number);
}

static const struct request request_put = {write_put, "\"result\":null"};

static int backup_open(void *stage, bool floor_only, struct error *err)
{
	static const char *const options[] = {"--topology=balanced", "--service=dict", NULL};
	struct backup *backup = stage;
	int ids[NODES];

	backup->dtree = DTREE_CLOSED;
	backup->ns = FIRST_NS;
	backup->file = mem_format("%s/backup", process_directory());
	if (floor_only)
		return 0;
	for (int i = 0; i < NODES; i++)
		ids[i] = i + 1;
	return dtree_open(&backup->dtree, "backup-of", options, err) ||
	               dtree_ask_all(&backup->dtree, &request_create, ids, NODES, err) ||
	               dtree_ask_all(&backup->dtree, &request_put, ids, NODES, err)
	           ? -1
	           : 0;
}

static void backup_close(void *stage)
{
	struct backup *backup = stage;

	dtree_close(&backup->dtree);
	free(backup->file);
}

/* Any of them, the same in each run. */
static int backup_choose(struct backup *backup)
{
	backup->chosen = backup->chosen * 1103515245u + 12345u;
	return (int)(backup->chosen / 65536 % NODES) + 1;
}

/* Those that are due. */
static int writes_send(struct backup *backup, struct writes *writes, struct error *err)
{
	struct buffer out = {0};
	long long now = process_clock();
	int rc = 0;

	while (writes->sent - writes->answered < WAITING && writes_due(writes, writes->sent) <= now)
		request_put.write(&out, writes->sent++, backup_choose(backup));
	if (buffer_size(&out))
		rc = talk_write(backup->dtree.talk.fd, buffer_bytes(&out), buffer_size(&out), err);
	buffer_free(&out);
	return rc;
}

static int writes_take(struct writes *writes, const char *line, size_t n, struct samples *s,
                       struct error *err)
{
	static const char key[] = "\"id\":";
	const char *at = memmem(line, n, key, sizeof key - 1);
	const char *id = at ? at + sizeof key - 1 : line;
	const char *end = memchr(id, ',', n - (size_t)(id - line));
	int64_t number;

	if (!at || !end || !memmem(line, n, request_put.wanted, strlen(request_put.wanted)) ||
	    parse_range(id, (size_t)(end - id), "id", 0, INT64_MAX, &number, NULL))
		return error_set(err, ERR_INTERNAL, "dtreed answered %.*s", (int)n, line);
	samples_add(s, (double)(process_clock() - writes_due(writes, (size_t)number)) / 1e3);
	writes->answered++;
	return 0;
}

/* At least one reply, and all that have come with it. */
static int writes_answered(struct backup *backup, struct writes *writes, struct samples *s,
                           struct error *err)
{
	struct talk *talk = &backup->dtree.talk;
	size_t n;
	char *line;
	int rc = talk_line(talk, &line, &n, err) ? -1 : 1;

	while (rc > 0)
		rc = writes_take(writes, line, n, s, err) ? -1
		                                          : talk_line_ready(talk, &line, &n, err);
	return rc;
}

/* Waits for a reply until the next write is due. */
static bool writes_wait(struct backup *backup, const struct writes *writes)
{
	struct pollfd wait = {.fd = backup->dtree.talk.fd, .events = POLLIN};
	long long left = writes_due(writes, writes->sent) - process_clock();
	const struct timespec time = {.tv_nsec = left > 0 ? left : PERIOD_NS};

	return ppoll(&wait, 1, &time, NULL) > 0;
}

/* Is it time to write no more? */
typedef bool ended_fn(void *arg);

static int backup_write(struct backup *backup, ended_fn *ended, void *arg, struct samples *s,
                        struct error *err)
{
	struct writes writes = {.began = process_clock()};
	int rc = 0;

	while (rc == 0 && !ended(arg)) {
		if (process_stopped())
			return error_set(err, ERR_INTERNAL, "interrupted");
		rc = writes_send(backup, &writes, err);
		if (rc == 0 && writes_wait(backup, &writes))
			rc = writes_answered(backup, &writes, s, err);
	}
	while (rc == 0 && writes.answered < writes.sent)
		rc = writes_answered(backup, &writes, s, err);
	return rc;
}

static bool time_is_up(void *arg)
{
	return process_clock() >= *(const long long *)arg;
}

static bool process_is_gone(void *arg)
{
	return process_ended(*(const pid_t *)arg);
}

static int without(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct backup *backup = stage;
	long long until = process_clock() + backup->ns;

	(void)row;
	return backup_write(backup, time_is_up, &until, s, err);
}

static int with(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct backup *backup = stage;
	long long began = process_clock();
	cleanup_free char *state = mem_format("%s/backup-of/state", process_directory());
	char *argv[] = {backup->dtree.dtreectl, "backup", backup->file, "--state-dir", state, NULL};
	pid_t pid;
	int rc;

	(void)row;
	unlink(backup->file);
	if (process_start_apart(argv, &pid, err))
		return -1;
	rc = backup_write(backup, process_is_gone, &pid, s, err);
	process_end(pid);
	backup->ns = process_clock() - began;
	if (rc == 0 && access(backup->file, F_OK))
		return error_set(err, ERR_INTERNAL, "%s: %s", backup->file, strerror(errno));
	return rc;
}

static const struct row rows[] = {
    {"a write, 1000 dictionaries, while they are backed up",
     UNIT_US,
     with,
     without,
     {{GOAL_TAIL, 1.1}},
     .full = 10,
     .warm = 1},
};

const struct stage stage_backup = {
    .beside = "without it",
    .size = sizeof(struct backup),
    .open = backup_open,
    .close = backup_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
