/*
 * Owns the socket, its file, and an account for each process that said something of late.
 * Invariant: the timer runs while there are accounts.
 */
#include "controller/process/worker_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uthash.h>

#include "base/ancillary.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/log_socket.h"
#include "base/mem.h"
#include "base/parse.h"
#include "loop/timer.h"

#define SOCKET_NAME "log"
/* The longest datagram that is read whole. */
#define DATAGRAM_MAX 8192
/* Datagrams in a turn of the loop. */
#define TURN_MAX 64
/* More processes than this that speak within a second share one account. */
#define ACCOUNTS_MAX 1024

struct account {
	pid_t pid;
	unsigned room; /* lines that it may have logged now */
	uint64_t dropped;
	char name[32];
	bool has_node;
	int node;
	UT_hash_handle hh;
};

struct worker_log {
	struct ev_loop *loop; /* borrowed */
	worker_log_name_fn *name;
	worker_log_word_fn *word;
	void *arg; /* borrowed */
	int fd;
	struct sockaddr_un address;
	dev_t dev; /* of the socket's file */
	ino_t ino;
	ev_io readable;
	struct timer second;
	struct account *accounts;
};

static void settle(const struct account *a)
{
	if (a->dropped)
		log_warn(a->name, "it says too much: %llu lines were dropped",
		         (unsigned long long)a->dropped);
}

static void on_second(void *arg)
{
	struct worker_log *w = arg;
	struct account *a;
	struct account *next;

	HASH_ITER (hh, w->accounts, a, next) {
		settle(a);
		a->dropped = 0;
		a->room += WORKER_LOG_SECOND;
		if (a->room < WORKER_LOG_BURST)
			continue;
		HASH_DEL(w->accounts, a);
		free(a);
	}
	if (!w->accounts)
		timer_stop(&w->second);
}

static struct account *account_of(struct worker_log *w, pid_t pid)
{
	struct log_about about = {.has_node = false};
	struct account *a;

	if (HASH_COUNT(w->accounts) >= ACCOUNTS_MAX)
		pid = 0;
	HASH_FIND_INT(w->accounts, &pid, a);
	if (a)
		return a;
	a = mem_new(sizeof *a);
	a->pid = pid;
	a->room = WORKER_LOG_BURST;
	if (!pid)
		snprintf(a->name, sizeof a->name, "others");
	else if (!w->name(w->arg, pid, a->name, sizeof a->name, &about))
		snprintf(a->name, sizeof a->name, "process %d", (int)pid);
	a->has_node = about.has_node;
	a->node = about.node;
	HASH_ADD_INT(w->accounts, pid, a);
	timer_repeat(&w->second, 1000);
	return a;
}

/* "<N>" or "<N:FACT>" is a line of ours; what a library prints has none, and is a warning. */
static enum log_level take_level(const char **line, enum fact *fact)
{
	const char *at = *line;
	size_t mark = at[0] == '<' && at[1] && at[2] == ':' ? strcspn(at + 3, ">") + 1 : 0;

	*fact = FACT_NONE;
	if (at[0] != '<' || at[1] < '0' || at[1] > '9' || at[2 + mark] != '>' ||
	    !log_level_known(at[1] - '0'))
		return LOG_LEVEL_WARN;
	if (mark)
		*fact = fact_find(at + 3, mark - 1);
	*line += 3 + mark;
	return (enum log_level)(at[1] - '0');
}

/* "SERVICE[PID]: TEXT" is what a program of the node has said: both are fields in the journal.
 * *service, in new memory, and *pid; or they stay as they are. */
static void worker_log_program(const char *line, char **service_name, int64_t *pid)
{
	size_t service = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789-");
	size_t digits = line[service] == '[' ? strspn(line + service + 1, "0123456789") : 0;

	if (service && digits && strncmp(line + service + 1 + digits, "]: ", 3) == 0 &&
	    parse_int64(line + service + 1, digits, pid) == 0)
		*service_name = mem_copy(line, service);
}

static void worker_log_tell(enum log_level level, enum fact fact, const struct account *a,
                            const char *line)
{
	cleanup_free char *service = NULL;
	struct log_about about = {.has_node = a->has_node, .node = a->node};
	int64_t pid = 0;

	if (a->has_node)
		worker_log_program(line, &service, &pid);
	about.service = service;
	about.pid = (pid_t)pid;
	log_fact(level, fact, &about, a->name, "%s", line);
}

static void worker_log_take_text(struct worker_log *w, pid_t pid, char *text)
{
	struct account *a = account_of(w, pid);
	char *rest = text;
	const char *line;

	while ((line = strsep(&rest, "\n"))) {
		enum fact fact;
		enum log_level level = take_level(&line, &fact);

		if (!*line)
			continue;
		if (a->room) {
			a->room--;
			worker_log_tell(level, fact, a, line);
		} else {
			a->dropped++;
		}
	}
}

static bool is_trusted(const struct ucred *from)
{
	return from->pid && (from->uid == geteuid() || from->uid == 0);
}

/* false: there is no datagram. */
static bool read_one(struct worker_log *w)
{
	char text[DATAGRAM_MAX + 1];
	struct ucred from = {0};
	bool truncated;
	ssize_t n = ancillary_receive(w->fd, text, DATAGRAM_MAX,
	                              &(struct ancillary){SCM_CREDENTIALS, &from, sizeof from},
	                              MSG_DONTWAIT, &truncated);

	if (n < 0)
		return errno == EINTR;
	if (!is_trusted(&from))
		return true;
	if (memchr(text, '\0', (size_t)n))
		return true; /* no text: not from a program of ours */
	text[n] = '\0';
	if (truncated)
		memcpy(text + n - 3, "...", 3);
	if (strncmp(text, LOG_SOCKET_WORD, strlen(LOG_SOCKET_WORD)) == 0)
		w->word(w->arg, from.pid, text + strlen(LOG_SOCKET_WORD));
	else
		worker_log_take_text(w, from.pid, text);
	return true;
}

void worker_log_read(struct worker_log *w)
{
	for (int i = 0; w && i < TURN_MAX && read_one(w); i++)
		;
}

static void on_readable(struct ev_loop *loop, ev_io *readable, int revents)
{
	(void)loop;
	(void)revents;
	worker_log_read(readable->data);
}

static int worker_log_fail(const struct worker_log *w, struct error *err)
{
	return error_set(err, ERR_INTERNAL, "socket of the workers' log %s: %s",
	                 w->address.sun_path, strerror(errno));
}

/* The umask keeps others out: it is 0077 in dtreed, and the directory is 0700. */
static int make_socket(struct worker_log *w, struct error *err)
{
	const int on = 1;
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return worker_log_fail(w, err);
	if ((unlink(w->address.sun_path) && errno != ENOENT) ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) ||
	    bind(fd, (const struct sockaddr *)&w->address, sizeof w->address) ||
	    lstat(w->address.sun_path, &st)) {
		worker_log_fail(w, err);
		close(fd);
		return -1;
	}
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	return fd;
}

struct worker_log *worker_log_open(struct ev_loop *loop, const char *dir, worker_log_name_fn *name,
                                   worker_log_word_fn *word, void *arg, struct error *err)
{
	struct worker_log *w = mem_new(sizeof *w);
	cleanup_free char *path = mem_format("%s/" SOCKET_NAME, dir);

	w->loop = loop;
	w->name = name;
	w->word = word;
	w->arg = arg;
	w->fd = -1;
	w->address.sun_family = AF_UNIX;
	if (strlen(path) < sizeof w->address.sun_path) {
		memcpy(w->address.sun_path, path, strlen(path));
		w->fd = make_socket(w, err);
	} else {
		error_set(err, ERR_PARAMS, "%s: the path is too long for a socket", path);
	}
	if (w->fd < 0) {
		free(w);
		return NULL;
	}
	ev_io_init(&w->readable, on_readable, w->fd, EV_READ);
	w->readable.data = w;
	ev_io_start(loop, &w->readable);
	timer_init(&w->second, loop, on_second, w);
	return w;
}

void worker_log_free(struct worker_log *w)
{
	struct account *a;
	struct account *next;

	if (!w)
		return;
	worker_log_read(w);
	ev_io_stop(w->loop, &w->readable);
	timer_stop(&w->second);
	if (worker_log_stands(w))
		unlink(w->address.sun_path);
	close(w->fd);
	HASH_ITER (hh, w->accounts, a, next) {
		settle(a);
		HASH_DEL(w->accounts, a);
		free(a);
	}
	free(w);
}

const char *worker_log_path(const struct worker_log *w)
{
	return w->address.sun_path;
}

int worker_log_speaker(const struct worker_log *w)
{
	int fd;

	if (!w)
		return open("/dev/null", O_WRONLY | O_CLOEXEC);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Where the file is missing for the moment the program is mute until it connects itself. */
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&w->address, sizeof w->address))
		log_debug("worker_log", "%s: %s", w->address.sun_path, strerror(errno));
	return fd;
}

bool worker_log_stands(const struct worker_log *w)
{
	struct stat st;

	return lstat(w->address.sun_path, &st) == 0 && st.st_dev == w->dev && st.st_ino == w->ino;
}

int worker_log_renew(struct worker_log *w, struct error *err)
{
	int fd = make_socket(w, err);

	if (fd < 0)
		return -1;
	worker_log_read(w);
	ev_io_stop(w->loop, &w->readable);
	close(w->fd);
	w->fd = fd;
	ev_io_set(&w->readable, fd, EV_READ);
	ev_io_start(w->loop, &w->readable);
	return 0;
}
