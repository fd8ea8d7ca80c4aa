/*
 * A private tree's processes. dtreed holds one end of the lifeline and a copy of the directory's
 * lock. This process is the subreaper: it reaps the workers of a killed dtreed before it removes
 * the directory.
 */
#include "ctl/private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/inherit.h"
#include "base/mem.h"
#include "base/program.h"

/* How long dtreed may take to listen: it takes some ms, more on a busy machine. */
#define START_MS 10000
/* How long the end of dtreed may take, and, after it was killed, that of its workers. Together less
 * than 2 s. */
#define STOP_MS 1400
#define REAP_MS 400

/* The longest name of a socket in the directory. */
#define SOCKET_NAME_ROOM 32

/* Numbers of the descriptors in dtreed. */
#define CHILD_LIFELINE 3
#define CHILD_LOCK     4

extern char **environ;

/*
 * Opens standard error again, so that dtreed has its own file description: a change of flags
 * (O_NONBLOCK) then affects one process only. A regular file is not opened again, as both must
 * share its offset, and a socket cannot be. -1: it is shared.
 */
static int open_errors(void)
{
	struct stat st;
	int fd;

	if (fstat(STDERR_FILENO, &st) || (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)))
		return -1;
	/* O_NONBLOCK, as a pipe may have no reader any more. */
	fd = open("/proc/self/fd/2", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK))
		mem_cleanup_close(&fd);
	return fd;
}

/* Gives the child these descriptors only. */
static void spawn_actions(posix_spawn_file_actions_t *actions, int lifeline, int lock, int errors)
{
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (errors >= 0)
		posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
	posix_spawn_file_actions_adddup2(actions, lifeline, CHILD_LIFELINE);
	posix_spawn_file_actions_adddup2(actions, lock, CHILD_LOCK);
	posix_spawn_file_actions_addclosefrom_np(actions, CHILD_LOCK + 1);
}

/* The child starts without blocked or ignored signals, in its own process group, so that the
 * terminal's interrupt does not reach it. */
static void spawn_attributes(posix_spawnattr_t *attributes)
{
	sigset_t set;

	posix_spawnattr_init(attributes);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(attributes, &set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_setsigdefault(attributes, &set);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
	                                         POSIX_SPAWN_SETPGROUP);
}

static int spawn(struct private_tree *tree, char *const *argv, int lifeline, struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	/* These numbers are above those in the child. */
	cleanup_close int high_lifeline = fcntl(lifeline, F_DUPFD_CLOEXEC, CHILD_LOCK + 1);
	cleanup_close int high_lock = fcntl(tree->directory.fd, F_DUPFD_CLOEXEC, CHILD_LOCK + 1);
	cleanup_close int errors = open_errors();
	int failed;

	if (high_lifeline < 0 || high_lock < 0)
		return error_set(err, ERR_INTERNAL, "dup: %s", strerror(errno));
	spawn_actions(&actions, high_lifeline, high_lock, errors);
	spawn_attributes(&attributes);
	/* The private dtreed is no service, even if the shell is. */
	inherit_clean_environment();
	failed = posix_spawn(&tree->pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (failed)
		return error_set(err, ERR_INTERNAL, "%s: %s", argv[0], strerror(failed));
	tree->pidfd = pidfd_open(tree->pid, 0);
	return 0;
}

static int start_program(struct private_tree *tree, const struct private_options *options,
                         int lifeline, struct error *err)
{
	cleanup_free char *program = program_find("dtreed", "../../sbin", SBINDIR);
	cleanup_free char *fd = mem_format("%d", CHILD_LIFELINE);
	cleanup_free char *state = mem_format("%s/state", tree->directory.path);
	cleanup_free const char **argv = NULL;
	size_t n = 0;

	if (!program)
		return error_set(err, ERR_INTERNAL,
		                 "dtreed: no such program beside this one or in %s", SBINDIR);
	const char *fixed[] = {program,         "--private",          "--lifeline",  fd,
	                       "--runtime-dir", tree->directory.path, "--state-dir", state,
	                       "--socket",      tree->socket,         "--log-level", "error"};
	const char *chosen[][2] = {{"--heartbeat", options->heartbeat},
	                           {"--topology", options->topology},
	                           {"--service", options->service},
	                           {"--config", options->config}};
	argv = mem_new_array(ARRAY_SIZE(fixed) + 2 * ARRAY_SIZE(chosen) +
	                         2 * options->define_count + 1,
	                     sizeof *argv);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		argv[n++] = fixed[i];
	for (size_t i = 0; i < ARRAY_SIZE(chosen); i++)
		if (chosen[i][1]) {
			argv[n++] = chosen[i][0];
			argv[n++] = chosen[i][1];
		}
	for (size_t i = 0; i < options->define_count; i++) {
		argv[n++] = "--define";
		argv[n++] = options->defines[i];
	}
	argv[n] = NULL;
	/* posix_spawn() does not change the strings. */
	return spawn(tree, (char *const *)argv, lifeline, err);
}

static int wait_ready(const struct private_tree *tree, int signal_fd, struct error *err)
{
	struct pollfd fds[] = {{tree->lifeline, POLLIN, 0}, {signal_fd, POLLIN, 0}};
	int64_t end = clock_ms() + START_MS;
	char byte = 0;

	for (;;) {
		int64_t left = end - clock_ms();
		int n = poll(fds, ARRAY_SIZE(fds), left > 0 ? (int)left : 0);
		if (n == 0)
			return error_set(err, ERR_INTERNAL, "dtreed did not listen within %d ms",
			                 START_MS);
		if (n < 0)
			continue;
		if (fds[1].revents)
			return error_set(err, ERR_INTERNAL,
			                 "interrupted while dtreed was starting");
		if (read(tree->lifeline, &byte, 1) == 1 && byte == 'R')
			return 0;
		return error_set(err, ERR_INTERNAL, "dtreed ended before it listened");
	}
}

/* Waits for dtreed, kills it if it is late, and reaps it. Gives its wait status. */
static int stop_program(struct private_tree *tree)
{
	int64_t end = clock_ms() + STOP_MS;
	int64_t left;
	int status = 0;

	while ((left = end - clock_ms()) > 0) {
		struct pollfd pfd = {tree->pidfd, POLLIN, 0};
		if (tree->pidfd < 0 || poll(&pfd, 1, (int)left) > 0)
			break;
	}
	if (left <= 0 || tree->pidfd < 0)
		kill(tree->pid, SIGKILL);
	while (waitpid(tree->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Reaps the workers of a killed dtreed; the kernel has sent them SIGKILL. */
static void reap_workers(void)
{
	int64_t end = clock_ms() + REAP_MS;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		int64_t left = end - clock_ms();
		if (pid > 0)
			continue;
		if (left <= 0)
			break;
		struct timespec wait = {left / 1000, left % 1000 * 1000000};
		sigtimedwait(&set, NULL, &wait);
	}
}

static int tree_end(struct private_tree *tree)
{
	int status = 0;

	signal(SIGCHLD, SIG_DFL);
	if (tree->lifeline >= 0)
		close(tree->lifeline);
	if (tree->pid)
		status = stop_program(tree);
	if (tree->pidfd >= 0)
		close(tree->pidfd);
	reap_workers();
	directory_remove(&tree->directory);
	free(tree->socket);
	tree->socket = NULL;
	return status;
}

int private_start(struct private_tree *tree, const struct private_options *options, int signal_fd,
                  bool *usage, struct error *err)
{
	int ends[2];
	int failed;
	int status;

	*usage = false;
	*tree = (struct private_tree){.lifeline = -1, .pidfd = -1};
	if (directory_make(&tree->directory, SOCKET_NAME_ROOM, err))
		return -1;
	tree->socket = mem_format("%s/control.sock", tree->directory.path);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/* The wait status of dtreed is needed if it does not come to listen. */
	signal(SIGCHLD, SIG_DFL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		error_set(err, ERR_INTERNAL, "socketpair: %s", strerror(errno));
		tree_end(tree);
		return -1;
	}
	tree->lifeline = ends[0];
	failed = start_program(tree, options, ends[1], err);
	close(ends[1]);
	if (!failed && wait_ready(tree, signal_fd, err) == 0) {
		/* From now on no wait status is needed: the kernel reaps all children, also those
		 * that this process did not start. Without a pidfd dtreed must stay a zombie, so
		 * that its number is not reused. */
		if (tree->pidfd >= 0)
			signal(SIGCHLD, SIG_IGN);
		return 0;
	}
	status = tree_end(tree);
	*usage = WIFEXITED(status) && WEXITSTATUS(status) == 2;
	return -1;
}

void private_stop(struct private_tree *tree)
{
	tree_end(tree);
}
