/* One process at a time, with a pipe for its answer. Nothing is kept. */
#include "daemon/judge_library.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child_wait.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "wire/judgement.h"

/* So long an opening may take. */
#define JUDGE_MS 5000

struct judge {
	pid_t pid;
	int pidfd;
	int answer; /* read end of its standard output */
	char text[LIBRARY_ANSWER_MAX];
	size_t size;
};

/* In a session of its own, so that what it leaves behind ends with it. 0, or errno. */
static int spawn_judge(const char *worker, const char *path, int output, pid_t *pid)
{
	char *const argv[] = {(char *)worker, (char *)LIBRARY_OPTION, (char *)path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	rc = posix_spawn(pid, worker, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Ends whatever is left. Gives how it ended, as waitpid() has it. */
static int judge_end(struct judge *j)
{
	int status = 0;

	kill(-j->pid, SIGKILL);
	kill(j->pid, SIGKILL); /* where it has no session of its own yet */
	while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
		;
	child_wait_over(j->pid);
	close(j->answer);
	mem_cleanup_close(&j->pidfd);
	return status;
}

/* 0, or errno, and nothing is left. */
static int judge_start(struct judge *j, const char *worker, const char *path)
{
	int pipe[2];
	int rc;

	j->pidfd = j->answer = -1;
	j->size = 0;
	if (pipe2(pipe, O_CLOEXEC))
		return errno;
	child_wait_begin();
	rc = spawn_judge(worker, path, pipe[1], &j->pid);
	child_wait_made(rc ? 0 : j->pid);
	close(pipe[1]);
	if (rc) {
		close(pipe[0]);
		return rc;
	}
	j->answer = pipe[0];
	fcntl(j->answer, F_SETFL, O_NONBLOCK);
	j->pidfd = pidfd_open(j->pid, 0);
	if (j->pidfd >= 0)
		return 0;
	rc = errno;
	judge_end(j);
	return rc;
}

/* What has come; true: the answer is there. */
static bool judge_read(struct judge *j)
{
	ssize_t n;

	do
		n = read(j->answer, j->text + j->size, sizeof j->text - j->size);
	while (n < 0 && errno == EINTR);
	j->size += n > 0 ? (size_t)n : 0;
	return memchr(j->text, '\0', j->size);
}

/* Its answer came, it ended, or it is late. */
static bool judge_wait(struct judge *j, bool *late)
{
	int64_t until = clock_ms() + JUDGE_MS;
	struct pollfd events[] = {{.fd = j->answer, .events = POLLIN},
	                          {.fd = j->pidfd, .events = POLLIN}};
	int64_t left;

	for (;;) {
		left = until - clock_ms();
		*late = left <= 0;
		if (*late)
			return judge_read(j);
		if (poll(events, ARRAY_SIZE(events), (int)left) < 0)
			continue;
		if (judge_read(j))
			return true;
		if (events[1].revents)
			return false;
		/* Its end of the pipe is closed; it has not ended yet. */
		if (events[0].revents & POLLHUP)
			events[0].fd = -1;
	}
}

static char *judge_cause(int status)
{
	int number = WTERMSIG(status);

	if (WIFSIGNALED(status))
		return mem_format("signal %d (%s)", number, strsignal(number));
	return mem_format("exit status %d", WEXITSTATUS(status));
}

static void set_text(char **at, const char *text)
{
	if (!*at && *text)
		*at = mem_string(text);
}

/* What it says of itself, where the configuration does not: see wire/judgement.h. */
static void learn(struct program_spec *s, char *text)
{
	char *usage = strchr(text, '\n');

	if (!usage || !parse_utf8(text, strlen(text)))
		return;
	*usage++ = '\0';
	set_text(&s->summary, text);
	set_text(&s->usage, usage);
}

static void judge_library(struct declaration *d, const char *worker, struct mistakes *found)
{
	const char *origin = declare_origin(d, "library");
	const char *path = d->spec.library;
	cleanup_free char *cause = NULL;
	struct judge judge;
	bool late;
	bool answered;
	int rc = judge_start(&judge, worker, path);

	if (rc) {
		found->passing = true;
		mistakes_add(found, "%s: service %s: library %s: cannot start %s: %s", origin,
		             d->name, path, worker, strerror(rc));
		return;
	}
	answered = judge_wait(&judge, &late);
	cause = judge_cause(judge_end(&judge));
	if (answered && *judge.text == LIBRARY_GOOD)
		learn(&d->spec, judge.text + 1);
	else if (answered)
		mistakes_add(found, "%s: service %s: %s", origin, d->name, judge.text + 1);
	else if (late)
		mistakes_add(found,
		             "%s: service %s: library %s: opening it takes longer than %d ms",
		             origin, d->name, path, JUDGE_MS);
	else
		mistakes_add(found, "%s: service %s: library %s: opening it ends the process: %s",
		             origin, d->name, path, cause);
}

void judge_libraries(struct declarations *d, const char *worker, struct mistakes *found)
{
	/* Of a worker program that is none judge_worker() tells. */
	bool able = worker && access(worker, X_OK) == 0;

	for (size_t i = 0; i < d->count && able; i++)
		if (d->items[i]->spec.library)
			judge_library(d->items[i], worker, found);
}
