/*
 * Owns the server's process, our end of the pair, the page. Invariant: there is at most one server;
 * whom it gave birth to and nobody took is ended when it is reaped.
 */
#include "controller/process/fork_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ancillary.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "controller/process/spawn.h"
#include "controller/process/worker_file.h"
#include "loop/timer.h"
#include "wire/birth.h"

/* The longest command line that is seen whole. */
#define TITLE_SIZE 1024
/* How often one is started at the most; for one that is of no use, less often from time to time. */
#define DELAY_MIN_MS 1000
#define DELAY_MAX_MS 60000
/* One that was killed ends when it is its turn to run, unless the kernel holds it for a disk. */
#define DEATH_MS 1000

enum stage {
	STAGE_NONE, /* there is none */
	STAGE_LOADING,
	STAGE_READY,
	STAGE_DYING, /* it was killed */
};

struct fork_server {
	struct ev_loop *loop;   /* borrowed */
	struct worker_log *log; /* borrowed */
	char *program;
	struct worker_file file; /* that the server runs, or an older one */
	int page_fd;
	struct birth_page *page;
	enum stage stage;
	pid_t pid;
	int pidfd;
	int socket;
	ev_io ended;
	struct timer next;
	int64_t started; /* clock_ms() */
	int64_t delay;   /* ms from one's start to the next one's */
};

static void start_later(struct fork_server *n)
{
	timer_start(&n->next, n->started + n->delay - clock_ms());
	n->delay = 2 * n->delay < DELAY_MAX_MS ? 2 * n->delay : DELAY_MAX_MS;
}

/* The pid of a child that was made and not taken yet; it is taken now. */
static pid_t take_child(struct fork_server *n)
{
	return __atomic_exchange_n(&n->page->pid, 0, __ATOMIC_ACQ_REL);
}

/* It was reaped. */
static void fork_server_forget(struct fork_server *n)
{
	ev_io_stop(n->loop, &n->ended);
	close(n->pidfd);
	close(n->socket);
	n->stage = STAGE_NONE;
	start_later(n);
}

static void fork_server_on_ended(struct ev_loop *loop, ev_io *watch, int revents)
{
	struct fork_server *n = watch->data;
	siginfo_t info;
	char cause[64];
	pid_t child;

	(void)loop;
	(void)revents;
	if (spawn_reap(n->pidfd, &info) == 0 && info.si_pid == 0)
		return;
	spawn_describe(&info, cause, sizeof cause);
	worker_log_read(n->log);
	log_info("fork_server", "the fork server has ended: %s", cause);
	child = take_child(n);
	if (child) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	fork_server_forget(n);
}

/* Waits for something on a descriptor; false: nothing came in time. */
static bool fork_server_await(int fd, int64_t patience_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int64_t end = clock_ms() + patience_ms;
	int64_t left = patience_ms;
	int rc;

	do {
		rc = poll(&wait, 1, (int)left);
		left = end - clock_ms();
	} while (rc < 0 && errno == EINTR && left > 0);
	return rc > 0;
}

static int transmit(const struct fork_server *n, const void *bytes, size_t size, int fd)
{
	const struct ancillary beside = {SCM_RIGHTS, &fd, sizeof fd};
	ssize_t sent = ancillary_send(n->socket, bytes, size, &beside, MSG_DONTWAIT | MSG_NOSIGNAL);

	return sent == (ssize_t)size ? 0 : -1;
}

/* Its answer, if there is one: 0, or an errno. */
static bool read_word(const struct fork_server *n, int *word)
{
	return recv(n->socket, word, sizeof *word, MSG_DONTWAIT) == (ssize_t)sizeof *word;
}

static void put_down(struct fork_server *n)
{
	n->stage = STAGE_DYING;
	kill(n->pid, SIGKILL);
}

static void fork_server_watch(struct fork_server *n, int pidfd, int socket)
{
	n->stage = STAGE_LOADING;
	n->pidfd = pidfd;
	n->socket = socket;
	ev_io_set(&n->ended, pidfd, EV_READ);
	ev_io_start(n->loop, &n->ended);
	if (transmit(n, "", 1, n->page_fd))
		put_down(n);
}

static int fork_server_make(struct fork_server *n, struct error *err)
{
	char title[TITLE_SIZE];
	char *argv[] = {n->program, BIRTH_OPTION, title, NULL};
	cleanup_close int output = worker_log_speaker(n->log);
	int pair[2];
	int pidfd;

	memset(title, ' ', sizeof title);
	title[sizeof title - 1] = '\0';
	if (output < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return error_set(err, ERR_LIMIT, "%s", strerror(errno));
	n->pid = spawn_program(argv, pair[1], output, err);
	close(pair[1]);
	pidfd = n->pid > 0 ? pidfd_open(n->pid, 0) : -1;
	if (pidfd >= 0) {
		fork_server_watch(n, pidfd, pair[0]);
		return 0;
	}
	if (n->pid > 0) {
		error_set(err, ERR_LIMIT, "%s", strerror(errno));
		kill(n->pid, SIGKILL);
		waitpid(n->pid, NULL, 0);
	}
	close(pair[0]);
	return -1;
}

static void fork_server_start(void *arg)
{
	struct fork_server *n = arg;
	struct error err;

	n->started = clock_ms();
	n->file = worker_file_at(n->program);
	if (fork_server_make(n, &err)) {
		log_warn("fork_server", "no fork server: %s", err.text);
		start_later(n);
	}
}

static void *map_page(int fd)
{
	void *page = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct birth_page)) == 0)
		page = mmap(NULL, sizeof(struct birth_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		            0);
	return page == MAP_FAILED ? NULL : page;
}

struct fork_server *fork_server_new(struct ev_loop *loop, const char *program,
                                    struct worker_log *log)
{
	int fd = memfd_create("dtree-births", MFD_CLOEXEC);
	struct birth_page *page = map_page(fd);
	struct fork_server *n;

	if (!page) {
		log_warn("fork_server", "no fork server: %s", strerror(errno));
		mem_cleanup_close(&fd);
		return NULL;
	}
	n = mem_new(sizeof *n);
	n->loop = loop;
	n->log = log;
	n->program = mem_string(program);
	n->page_fd = fd;
	n->page = page;
	n->delay = DELAY_MIN_MS;
	ev_init(&n->ended, fork_server_on_ended);
	n->ended.data = n;
	timer_init(&n->next, loop, fork_server_start, n);
	fork_server_start(n);
	return n;
}

bool fork_server_is_server(const struct fork_server *n, pid_t pid)
{
	return n && n->stage != STAGE_NONE && n->pid == pid;
}

bool fork_server_awaits(const struct fork_server *n, pid_t pid)
{
	return fork_server_is_server(n, pid) ||
	       (n && __atomic_load_n(&n->page->pid, __ATOMIC_ACQUIRE) == pid);
}

void fork_server_free(struct fork_server *n)
{
	if (!n)
		return;
	if (n->stage != STAGE_NONE) {
		put_down(n);
		if (fork_server_await(n->pidfd, DEATH_MS))
			waitpid(n->pid, NULL, 0);
		else
			log_fact(LOG_LEVEL_ERROR, FACT_LEFT_BEHIND, NULL, "end",
			         "left behind: the fork server, process %d, does not end",
			         (int)n->pid);
		fork_server_forget(n);
	}
	timer_stop(&n->next);
	munmap(n->page, sizeof *n->page);
	close(n->page_fd);
	free(n->program);
	free(n);
}

static bool is_ready(struct fork_server *n)
{
	int word;

	if (n->stage == STAGE_LOADING && read_word(n, &word))
		n->stage = STAGE_READY;
	return n->stage == STAGE_READY;
}

/* false: the request is too long, or the server gone. */
static bool fork_server_ask(const struct fork_server *n, char *const argv[], int start_barrier)
{
	char request[BIRTH_MAX];
	size_t size = 0;

	for (; *argv; argv++) {
		size_t length = strlen(*argv) + 1;
		if (length > sizeof request - size)
			return false;
		memcpy(request + size, *argv, length);
		size += length;
	}
	return transmit(n, request, size, start_barrier) == 0;
}

/* Once it has ended it makes no child any more; until then one may be on its way. */
static pid_t fork_server_give_up(struct fork_server *n, struct error *err)
{
	put_down(n);
	if (!fork_server_await(n->pidfd, DEATH_MS))
		return error_set(err, ERR_LIMIT, "the fork server neither answers nor dies");
	return take_child(n);
}

/* Ends a server whose program was replaced: workers are of the new one from now on. */
static void fork_server_check(struct fork_server *n)
{
	const struct worker_file now = worker_file_at(n->program);

	if ((n->stage != STAGE_LOADING && n->stage != STAGE_READY) ||
	    !worker_file_differs(&n->file, &now))
		return;
	log_info("fork_server", "%s was replaced; another fork server is started", n->program);
	put_down(n);
}

pid_t fork_server_fork(struct fork_server *n, char *const argv[], int start_barrier,
                       struct error *err)
{
	int word;

	fork_server_check(n);
	if (!is_ready(n) || !fork_server_ask(n, argv, start_barrier))
		return 0;
	if (!fork_server_await(n->socket, FORK_SERVER_PATIENCE_MS) || !read_word(n, &word))
		return fork_server_give_up(n, err);
	n->delay = DELAY_MIN_MS;
	if (word)
		log_debug("fork_server", "the fork server makes no worker: %s", strerror(word));
	return take_child(n);
}
