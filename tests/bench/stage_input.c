/* The standard input of a process, from a file through dtreectl, beside the same through one pipe.
 * The process counts what comes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "declare.h"
#include "dtree.h"
#include "floor_program.h"
#include "process.h"
#include "stage.h"

#define INPUT_MIB 64
#define INPUT     ((size_t)INPUT_MIB * 1024 * 1024)
#define PART      ((size_t)64 * 1024)

struct input {
	struct dtree dtree;
	char *echo; /* a program; owned */
	int bytes;  /* a file of INPUT bytes; -1: not open */
	int said;   /* a file for what dtreectl prints; the same */
};

static int input_file(const char *name, size_t size, int *fd, struct error *err)
{
	cleanup_free char *path = mem_format("%s/%s", process_directory(), name);

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0 || ftruncate(*fd, (off_t)size))
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	return 0;
}

static int input_open(void *stage, bool floor_only, struct error *err)
{
	struct input *in = stage;

	in->dtree = DTREE_CLOSED;
	in->bytes = in->said = -1;
	in->echo = program_find("echo", NULL, NULL);
	if (!in->echo)
		return error_set(err, ERR_INTERNAL, "echo is not beside bench");
	if (input_file("input", INPUT, &in->bytes, err) || input_file("said", 0, &in->said, err))
		return -1;
	if (floor_only)
		return 0;
	const struct declared service = {"count", "run", in->echo, "count", ""};
	if (declare_open(&in->dtree, "counts", &service, 1, err))
		return -1;
	return declare_nodes(&in->dtree, &service, 1, err);
}

static void input_close(void *stage)
{
	struct input *in = stage;

	dtree_close(&in->dtree);
	mem_cleanup_close(&in->bytes);
	mem_cleanup_close(&in->said);
	free(in->echo);
}

/* What was said ends in the number of bytes. */
static int input_check(int fd, struct error *err)
{
	cleanup_free char *wanted = mem_format("%zu\n", INPUT);
	size_t size = strlen(wanted);
	char said[64] = "";
	ssize_t n = read(fd, said, sizeof said - 1);

	if (n < (ssize_t)size || strcmp(said + n - size, wanted) != 0)
		return error_set(err, ERR_INTERNAL, "not all bytes were counted: %s", said);
	return 0;
}

static int dtree_input(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct input *in = stage;
	char *argv[] = {in->dtree.dtreectl, "--socket", in->dtree.socket, "exec", "1",
	                "--stdin",          NULL};
	struct process_cost cost;

	(void)row;
	if (lseek(in->bytes, 0, SEEK_SET) || lseek(in->said, 0, SEEK_SET) || ftruncate(in->said, 0))
		return error_set(err, ERR_INTERNAL, "the files: %s", strerror(errno));
	if (process_run(argv, in->bytes, in->said, &cost, err))
		return -1;
	samples_add(s, INPUT_MIB * 1e6 / cost.us);
	if (lseek(in->said, 0, SEEK_SET))
		return error_set(err, ERR_INTERNAL, "the files: %s", strerror(errno));
	return input_check(in->said, err);
}

static int write_input(const struct input *in, int to)
{
	char part[PART];
	ssize_t n;

	if (lseek(in->bytes, 0, SEEK_SET))
		return -1;
	while ((n = read(in->bytes, part, sizeof part)) > 0)
		for (ssize_t at = 0; at < n;) {
			ssize_t written = write(to, part + at, (size_t)(n - at));
			if (written < 0)
				return -1;
			at += written;
		}
	return n ? -1 : 0;
}

static int pipe_input(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	const struct input *in = stage;
	char *argv[] = {in->echo, "count", NULL};
	long long begun = process_clock();
	cleanup_close int from = -1;
	int to = -1;
	pid_t pid = bare_spawn(argv, &to, &from);
	int failed;

	(void)row;
	if (pid < 0)
		return error_set(err, ERR_INTERNAL, "%s: %s", argv[0], strerror(errno));
	failed = write_input(in, to);
	close(to);
	failed = failed ? error_set(err, ERR_INTERNAL, "the input: %s", strerror(errno))
	                : input_check(from, err);
	process_reap(pid);
	samples_add(s, INPUT_MIB * 1e9 / (double)(process_clock() - begun));
	return failed;
}

static const struct row rows[] = {
    {"run: 64 MiB of standard input, which it counts", UNIT_MIB_RATE, dtree_input, pipe_input,
     .quick = 2, .full = 20, .warm = 1, .batch = 1},
};

const struct stage stage_input = {
    .beside = "a pipe",
    .size = sizeof(struct input),
    .open = input_open,
    .close = input_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
