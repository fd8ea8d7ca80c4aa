/*
 * The system calls and the small modules of src/ that ask the system: processes by descriptor, the
 * gates at which workers wait, places in the file of lives, limits, the clock, the log.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/process/cause.h"
#include "controller/process/identity.h"
#include "controller/process/reaper.h"
#include "controller/process/spawn.h"
#include "controller/process/worker_log.h"
#include "link/io_thread.h"
#include "sim/os.h"

static int last_gate;

void kernel_begin(void)
{
	last_gate = 0;
}

/* ---- Calls that the linker sends here (--wrap). ---- */

pid_t __wrap_getpid(void);
int __wrap_pidfd_open(pid_t pid, unsigned flags);
int __wrap_pidfd_send_signal(int fd, int number, siginfo_t *info, unsigned flags);
int __wrap_pipe2(int fds[2], int flags);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_close(int fd);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
int __wrap_unlink(const char *path);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_malloc_trim(size_t pad);
int __real_close(int fd);
ssize_t __real_write(int fd, const void *bytes, size_t size);

pid_t __wrap_getpid(void)
{
	return os_current() ? os_current()->pid : 1;
}

int __wrap_pidfd_open(pid_t pid, unsigned flags)
{
	struct sim_process *target = os_find(pid);

	(void)flags;
	if (!target || target->reaped) {
		errno = ESRCH;
		return -1;
	}
	return os_pidfd_new(os_current(), target);
}

int __wrap_pidfd_send_signal(int fd, int number, siginfo_t *info, unsigned flags)
{
	struct sim_process *target = os_pidfd_target(fd);

	(void)info;
	(void)flags;
	/* A process that was killed does nothing more. */
	if (!os_alive(os_current()) && os_current()->by_signal)
		return 0;
	if (target->dead) {
		errno = ESRCH;
		return -1;
	}
	world_log(os_current()->name, "signal %d to %s", number, target->name);
	os_signal(target, number);
	return 0;
}

int __wrap_pipe2(int fds[2], int flags)
{
	(void)flags;
	last_gate++;
	fds[0] = os_gate_fd_new(os_current(), last_gate);
	fds[1] = os_gate_fd_new(os_current(), -last_gate);
	return 0;
}

/* Who waits for the end of a process that was killed waits for its last moment. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	const struct sim_process *target = os_pidfd_target(fds->fd);

	(void)count;
	fds->revents = target->dead || (timeout && target->dying) ? POLLIN : 0;
	return fds->revents ? 1 : 0;
}

static struct sim_process *at_gate(int gate)
{
	struct sim_process *p = gate > 0 ? os_processes() : NULL;

	while (p && p->gate != gate)
		p = p->next;
	return p;
}

static void on_turned_away(void *arg, uint64_t number)
{
	struct sim_process *p = arg;

	(void)number;
	if (os_alive(p) && p->gate)
		os_kill(p);
}

int __wrap_close(int fd)
{
	struct sim_process *p;

	if (fd < SIM_FD)
		return __real_close(fd);
	/* The end of the file. */
	p = at_gate(-os_gate_of(fd));
	if (p)
		world_at(world_now() + os_delay(), on_turned_away, p, 0);
	os_fd_close(fd);
	return 0;
}

static void on_let_in(void *arg, uint64_t number)
{
	struct sim_process *p = arg;

	(void)number;
	if (!os_alive(p) || !p->gate)
		return;
	if (p->stopped || !p->self) {
		/* It reads the byte when it gets there. */
		world_at(world_now() + MS, on_let_in, p, 0);
		return;
	}
	p->gate = 0;
	worker_let_in(p);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
	struct sim_process *p;

	if (fd < SIM_FD)
		return __real_write(fd, bytes, size);
	p = at_gate(-os_gate_of(fd));
	if (!p || !os_alive(p)) {
		errno = EPIPE;
		return -1;
	}
	os_gate_written(fd);
	world_at(world_now() + os_delay(), on_let_in, p, 0);
	return (ssize_t)size;
}

int __wrap_unlink(const char *path)
{
	(void)path;
	return 0;
}

int __wrap_stat(const char *path, struct stat *st)
{
	memset(st, 0, sizeof *st);
	st->st_ino = strlen(path);
	return 0;
}

int __wrap_malloc_trim(size_t pad)
{
	(void)pad;
	return 0;
}

/* ---- base/clock.h ---- */

int64_t clock_us(void)
{
	return world_now();
}

int64_t clock_ms(void)
{
	return clock_us() / 1000 + 1;
}

int64_t clock_wall_us(void)
{
	return world_now();
}

void clock_after(int64_t ms, struct timespec *then)
{
	(void)ms;
	*then = (struct timespec){0};
}

void clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
	snprintf(text, CLOCK_TEXT_SIZE, "%lld", (long long)wall_us);
}

/* ---- base/lock.h ---- */

int lock_take(int fd, uint32_t place)
{
	pid_t holder;

	if (lock_look(fd, place, &holder) == LOCK_HELD) {
		errno = EAGAIN;
		return -1;
	}
	if (place != DAEMON_PLACE)
		os_current()->incarnation = place;
	return 0;
}

void lock_drop(int fd, uint32_t place)
{
	(void)fd;
	(void)place;
}

enum lock_state lock_look(int fd, uint32_t place, pid_t *holder)
{
	(void)fd;
	*holder = 0;
	for (const struct sim_process *p = os_processes(); p; p = p->next) {
		bool has =
		    place == DAEMON_PLACE ? p->kind == PROCESS_DTREED : p->incarnation == place;

		if (p->dead || p == os_current() || !has)
			continue;
		*holder = p->pid;
		return LOCK_HELD;
	}
	return LOCK_FREE;
}

bool lock_is_held_by(int fd, uint32_t place, pid_t pid)
{
	pid_t holder;

	return lock_look(fd, place, &holder) == LOCK_HELD && holder == pid;
}

/* ---- base/limits.h: there is room. ---- */

void limits_raise(void)
{
}

size_t limits_descriptors(void)
{
	return 100000;
}

size_t limits_threads(void)
{
	return 100000;
}

bool limits_promise(size_t n)
{
	(void)n;
	return true;
}

void limits_release(size_t n)
{
	(void)n;
}

void limits_lower(size_t descriptors)
{
	(void)descriptors;
}

bool limits_room(size_t n)
{
	(void)n;
	return true;
}

/* ---- base/log.h ---- */

void log_open(const char *program, enum log_level level)
{
	(void)program;
	(void)level;
}

void log_divert(log_sink_fn *sink, bool priority)
{
	(void)sink;
	(void)priority;
}

int log_level_parse(const char *word, enum log_level *level)
{
	(void)word;
	*level = LOG_LEVEL_INFO;
	return 0;
}

bool log_level_known(int64_t number)
{
	return number == LOG_LEVEL_INFO;
}

enum log_level log_level(void)
{
	return LOG_LEVEL_INFO;
}

char *log_format(enum log_level level, const char *area, const char *text)
{
	(void)level;
	return mem_format("%s: %s\n", area, text);
}

/* Of what kind are errors that no fault explains? */
static bool must_not_be(const char *area)
{
	static const char *const areas[] = {"node", "tree", "post", "process"};

	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		if (strcmp(areas[i], area) == 0)
			return true;
	return false;
}

void log_line(enum log_level level, const char *area, const char *fmt, ...)
{
	const struct sim_process *p = os_current();
	char text[800];
	va_list args;

	/* What is freed of a process that was killed says nothing. */
	if ((level == LOG_LEVEL_DEBUG && !world_traces_debug()) || (p && p->dead))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	world_log(p ? p->name : "nobody", "%s: %s", area, text);
	if (level == LOG_LEVEL_ERROR && must_not_be(area))
		world_fail("%s: %s", p ? p->name : "nobody", text);
}

/* ---- controller/process: spawn, identity, cause; nothing is said by workers. ---- */

static void on_main(void *arg, uint64_t number)
{
	struct sim_process *p = arg;

	(void)number;
	if (!os_alive(p))
		return;
	if (p->stopped)
		world_at(world_now() + MS, on_main, p, 0);
	else
		os_run_as(p, worker_main);
}

pid_t spawn_program(char *const argv[], int input, int output, struct error *err)
{
	struct sim_process *p = os_process_new(PROCESS_WORKER, "worker");
	size_t count = 0;

	(void)output;
	(void)err;
	while (argv[count])
		count++;
	p->words = mem_new_array(count + 1, sizeof *p->words);
	for (size_t i = 0; i < count; i++)
		p->words[i] = mem_string(argv[i]);
	p->gate = os_gate_of(input);
	/* As long as it takes to load a program, or, mostly, to fork one that is loaded. */
	world_at(world_now() + (world_chance(900) ? world_between(MS, 4 * MS)
	                                          : world_between(5 * MS, 40 * MS)),
	         on_main, p, 0);
	return p->pid;
}

int spawn_reap(int pidfd, siginfo_t *info)
{
	struct sim_process *p = os_pidfd_target(pidfd);

	memset(info, 0, sizeof *info);
	if (p->parent != os_current()->pid) {
		errno = ECHILD;
		return -1;
	}
	if (!p->dead && !p->dying)
		return 0;
	if (!p->dead)
		return 0;
	info->si_pid = p->pid;
	info->si_code = p->by_signal ? CLD_KILLED : CLD_EXITED;
	info->si_status = p->status;
	p->reaped = true;
	return 0;
}

void spawn_describe(const siginfo_t *info, char *text, size_t size)
{
	if (!info->si_pid)
		snprintf(text, size, "unknown");
	else if (info->si_code == CLD_EXITED)
		snprintf(text, size, "exit status %d", info->si_status);
	else
		snprintf(text, size, "signal %d", info->si_status);
}

/* Some kernels do not tell. */
enum cause_answer cause_look(int pidfd, pid_t pid, siginfo_t *info)
{
	const struct sim_process *p = os_pidfd_target(pidfd);

	(void)pid;
	memset(info, 0, sizeof *info);
	if (p->pid % 4 == 0)
		return CAUSE_NEVER;
	info->si_pid = p->pid;
	info->si_code = p->by_signal ? CLD_KILLED : CLD_EXITED;
	info->si_status = p->status;
	return CAUSE_KNOWN;
}

struct identity identity_of(int pidfd, pid_t pid)
{
	(void)pidfd;
	return (struct identity){.pid = pid, .inode = (uint64_t)pid};
}

enum identity_match identity_compare(const struct identity *id, int pidfd)
{
	const struct sim_process *p = os_pidfd_target(pidfd);

	return !p->dead && p->pid == id->pid ? IDENTITY_SAME : IDENTITY_OTHER;
}

struct reaper *reaper_new(struct ev_loop *loop, reaper_awaited_fn *awaited, void *arg)
{
	(void)loop;
	(void)awaited;
	(void)arg;
	return NULL;
}

void reaper_free(struct reaper *r)
{
	(void)r;
}

struct worker_log {
	int nothing;
};

struct worker_log *worker_log_open(struct ev_loop *loop, const char *dir, worker_log_name_fn *name,
                                   void *arg, struct error *err)
{
	static struct worker_log log;

	(void)loop;
	(void)dir;
	(void)name;
	(void)arg;
	(void)err;
	return &log;
}

void worker_log_free(struct worker_log *w)
{
	(void)w;
}

const char *worker_log_path(const struct worker_log *w)
{
	(void)w;
	return "/sim/run/log";
}

int worker_log_speaker(const struct worker_log *w)
{
	(void)w;
	return os_gate_fd_new(os_current(), 0);
}

void worker_log_read(struct worker_log *w)
{
	(void)w;
}

bool worker_log_stands(const struct worker_log *w)
{
	(void)w;
	return true;
}

int worker_log_renew(struct worker_log *w, struct error *err)
{
	(void)w;
	(void)err;
	return 0;
}

int64_t io_thread_waited(struct io_thread *t, int64_t elapsed)
{
	(void)t;
	(void)elapsed;
	return 0;
}
