/* Owns the page and the request. Invariant: one thread; only the standard streams are open, and the
 * worker's start barrier from the request to the clone. */
#include "worker/forkserver.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ancillary.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/birth.h"
#include "worker/warmup.h"

struct server {
	char *title; /* where the kernel reads the command line */
	size_t title_size;
	int *tid; /* where the C library keeps the thread's id */
	struct birth_page *page;
	char *request; /* BIRTH_MAX bytes */
	size_t size;
	int start_barrier; /* or -1 */
	char **words;      /* in a worker: its command line; the strings are in the request */
};

/* It is static because the workers' command lines point into it. */
static struct server server;

bool forkserver_asked(int argc, char *const argv[])
{
	return argc == 3 && strcmp(argv[1], BIRTH_OPTION) == 0;
}

/* dtreed is gone, or no valid request can come from it any more. */
static _Noreturn void forkserver_leave(const char *why)
{
	if (why)
		log_error("forkserver", "%s: %s", why, strerror(errno));
	exit(why ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* The next message: its size, and in *fd the descriptor that came with it, or -1. */
static size_t forkserver_receive(struct server *s, int *fd)
{
	ssize_t n;

	*fd = -1;
	do
		n = ancillary_receive(STDIN_FILENO, s->request, BIRTH_MAX,
		                      &(struct ancillary){SCM_RIGHTS, fd, sizeof *fd}, 0, NULL);
	while (n < 0 && errno == EINTR);
	/* A killed dtreed looks like a connection reset. */
	if (n <= 0)
		forkserver_leave(n && errno != ECONNRESET ? "cannot read what dtreed asks" : NULL);
	return (size_t)n;
}

static void forkserver_answer(int word)
{
	ssize_t n;

	do
		n = send(STDIN_FILENO, &word, sizeof word, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		forkserver_leave(errno == EPIPE || errno == ECONNRESET ? NULL
		                                                       : "cannot answer dtreed");
}

/* Workers do not inherit the page: madvise(2). */
static void forkserver_map_page(struct server *s)
{
	void *page = MAP_FAILED;
	int fd;

	forkserver_receive(s, &fd);
	if (fd >= 0)
		page = mmap(NULL, sizeof *s->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED || madvise(page, sizeof *s->page, MADV_DONTFORK))
		forkserver_leave("cannot have memory with dtreed");
	close(fd);
	s->page = page;
	s->page->pid = 0; /* touches the page, so that it is present from now on */
}

/* The rest of the space for a title is empty and is not shown. */
static void find_title(struct server *s, char **argv)
{
	s->title = argv[0];
	s->title_size = (size_t)(argv[2] + strlen(argv[2]) + 1 - argv[0]);
	memset(argv[2], 0, strlen(argv[2]));
}

static void set_title(const struct server *s, char *const argv[])
{
	char *at = s->title;

	memset(s->title, 0, s->title_size);
	for (; *argv; argv++) {
		size_t n = strlen(*argv) + 1;
		if (n > (size_t)(s->title + s->title_size - at))
			break;
		memcpy(at, *argv, n);
		at += n;
	}
}

/*
 * Like fork(), but the child's parent is dtreed. The C library is not told; with one thread that
 * matters for the thread's id only, which the library keeps. So the kernel writes that id, as for
 * fork(). It is not clone3(), which is forbidden where namespaces are, as in our unit.
 */
static pid_t give_birth(const struct server *s)
{
	const unsigned long how =
	    CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;

#ifdef __s390__
	return (pid_t)syscall(SYS_clone, NULL, how, &s->page->pid, s->tid, NULL);
#else
	/* The address of the id is the fourth or the fifth argument, by architecture; the other is
	 * ignored. */
	return (pid_t)syscall(SYS_clone, how, NULL, &s->page->pid, s->tid, s->tid);
#endif
}

/* Runs in the child. Signals stay as they are: worker and fork server have the same. */
static void become_worker(struct server *s, int *argc, char ***argv)
{
	int count = 0;

	if (dup2(s->start_barrier, STDIN_FILENO) < 0)
		_exit(EXIT_FAILURE);
	close(s->start_barrier);
	for (size_t i = 0; i < s->size; i++)
		count += s->request[i] == '\0';
	s->words = mem_new_array((size_t)count + 1, sizeof *s->words);
	s->words[0] = s->request;
	for (int i = 1; i < count; i++)
		s->words[i] = s->words[i - 1] + strlen(s->words[i - 1]) + 1;
	set_title(s, s->words);
	*argc = count;
	*argv = s->words;
}

static bool is_whole(const struct server *s)
{
	return s->start_barrier >= 0 && s->request[s->size - 1] == '\0';
}

void forkserver_serve(int *argc, char ***argv)
{
	struct server *s = &server;

	s->request = mem_new(BIRTH_MAX);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	find_title(s, *argv);
	if (prctl(PR_GET_TID_ADDRESS, &s->tid, 0, 0, 0))
		forkserver_leave("cannot make workers on this system");
	warmup();
	forkserver_map_page(s);
	forkserver_answer(0);
	for (;;) {
		pid_t pid = -1;

		s->size = forkserver_receive(s, &s->start_barrier);
		errno = EINVAL;
		if (is_whole(s))
			pid = give_birth(s);
		if (pid == 0) {
			become_worker(s, argc, argv);
			return;
		}
		forkserver_answer(pid < 0 ? errno : 0);
		if (s->start_barrier >= 0)
			close(s->start_barrier);
	}
}
