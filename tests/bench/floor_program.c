/* Programs that are driven directly, and the floor's processes that have them. */
#include "floor_program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "floor_process.h"
#include "floor_word.h"
#include "process.h"

/* Programs that a runner may have at once. */
#define WINDOW_MAX 64

pid_t bare_spawn(char *const *argv, int *to, int *from)
{
	posix_spawn_file_actions_t files;
	int in[2];
	int out[2];
	pid_t pid = -1;

	if (pipe2(in, O_CLOEXEC))
		return -1;
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return -1;
	}
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
	errno = posix_spawn(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return errno ? -1 : pid;
}

int bare_open(struct bare *bare, char *const *argv, struct error *err)
{
	bare->from.lines.max = (size_t)64 * 1024;
	if (bare_spawn(argv, &bare->to, &bare->from.fd) < 0)
		return error_set(err, ERR_INTERNAL, "%s: %s", argv[0], strerror(errno));
	return 0;
}

/* It ends with its standard input. */
void bare_close(struct bare *bare)
{
	mem_cleanup_close(&bare->to);
	talk_close(&bare->from);
	*bare = BARE_CLOSED;
}

/* Takes the answers that have come, at least one: gives their number, or -1. */
static ssize_t bare_take(struct bare *bare, const char *wanted, struct error *err)
{
	ssize_t got = 0;
	size_t n;
	char *line;
	int rc = talk_line(&bare->from, &line, &n, err) ? -1 : 1;

	for (; rc > 0; rc = talk_line_ready(&bare->from, &line, &n, err)) {
		if (!memmem(line, n, wanted, strlen(wanted)))
			return error_set(err, ERR_INTERNAL, "a program answered %.*s",
			                 (int)(n < 300 ? n : 300), line);
		got++;
	}
	return rc < 0 ? -1 : got;
}

int bare_flood(struct bare *bare, void (*write)(struct buffer *out, size_t number),
               const char *wanted, size_t count, size_t window, struct samples *samples,
               struct error *err)
{
	struct buffer out = {0};
	size_t sent = 0;
	size_t got = 0;
	int rc = 0;
	long long began = process_clock();

	while (rc == 0 && got < count) {
		ssize_t n = -1;

		for (; sent < count && sent - got < window; sent++)
			write(&out, sent);
		rc = talk_write(bare->to, buffer_bytes(&out), buffer_size(&out), err);
		buffer_take(&out, buffer_size(&out));
		if (rc == 0)
			n = bare_take(bare, wanted, err);
		rc = n < 0 ? -1 : 0;
		got += n < 0 ? 0 : (size_t)n;
	}
	buffer_free(&out);
	if (rc == 0)
		samples_add(samples, (double)count * 1e9 / (double)(process_clock() - began));
	return rc;
}

/* A word of the link is a line for the program. */
void floor_lines(void *arg)
{
	static const char line[] = "1 1\n";
	const struct floor_role *role = arg;
	void *up = floor_socket(floor_context(), ZMQ_PAIR, role->up, NULL);
	char answer[sizeof line];
	zmq_msg_t word;
	int to;
	int from;

	if (bare_spawn(role->argv, &to, &from) < 0)
		floor_die(role->argv[0]);
	zmq_msg_init(&word);
	for (;;)
		if (zmq_msg_recv(&word, up, 0) < 0 ||
		    write(to, line, sizeof line - 1) != (ssize_t)sizeof line - 1 ||
		    read(from, answer, sizeof answer) != (ssize_t)sizeof line - 1 ||
		    zmq_msg_send(&word, up, 0) < 0)
			floor_die("lines");
}

static pid_t runner_spawn(const struct floor_role *role)
{
	pid_t pid;

	errno = posix_spawn(&pid, role->argv[0], NULL, NULL, role->argv, environ);
	if (errno)
		floor_die(role->argv[0]);
	return pid;
}

static void runner_wait(pid_t pid)
{
	siginfo_t info;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED) || info.si_code != CLD_EXITED ||
	    info.si_status != 0)
		floor_die("runner");
}

static void runner_word(const struct floor_role *role, int client, void *socket,
                        struct floor_word *word)
{
	pid_t pids[WINDOW_MAX];
	uint32_t window = word->window < WINDOW_MAX ? word->window : WINDOW_MAX;
	uint32_t sent = 0;
	long long began = process_clock();

	(void)client;
	(void)socket;
	for (uint32_t got = 0; got < word->count; got++) {
		for (; sent < word->count && sent - got < window; sent++)
			pids[sent % window] = runner_spawn(role);
		runner_wait(pids[got % window]);
	}
	word->ns = process_clock() - began;
}

void floor_runner(void *arg)
{
	floor_serve(arg, NULL, runner_word);
}
