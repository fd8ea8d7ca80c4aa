/*
 * The system calls of the controller and of the nodes (the linker sends them here, by --wrap), and
 * what stands on them in controller/process: processes by descriptor, the gates at which workers
 * wait until they are let in, starts and ends.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/mem.h"
#include "controller/process/cause.h"
#include "controller/process/identity.h"
#include "controller/process/spawn.h"
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

/* ---- controller/process: spawn, cause, identity. ---- */

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
