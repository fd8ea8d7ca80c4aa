#include "support/crash.h"

/* System calls that change files. */
static const long crash_calls[] = {SYS_write,    SYS_pwrite64,  SYS_writev,    SYS_openat,
                                   SYS_fsync,    SYS_fdatasync, SYS_ftruncate, SYS_fallocate,
                                   SYS_rename,   SYS_renameat,  SYS_renameat2, SYS_unlink,
                                   SYS_unlinkat, SYS_mkdir,     SYS_mkdirat};

void *crash_shared(size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(shared, MAP_FAILED);
	return shared;
}

/* Is that thread about to make such a call? */
static bool crash_is_at_call(pid_t thread)
{
	struct __ptrace_syscall_info info;

	/* The thread may be dying, because another one ends the process. */
	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0)
		cr_assert_eq(errno, ESRCH);
	else if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		for (size_t i = 0; i < ARRAY_SIZE(crash_calls); i++)
			if (info.entry.nr == (uint64_t)crash_calls[i])
				return true;
	return false;
}

/* Waits until the process and its threads are gone. */
static void crash_end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(-1, &status, __WALL) > 0)
		;
	cr_assert_eq(errno, ECHILD);
}

/* Kills the process when one of its threads is about to make the at-th such call, counted over all
 * threads. false: it ended before. */
static bool crash_kill_at(pid_t pid, int at)
{
	int status;
	pid_t thread = waitpid(pid, &status, 0);

	cr_assert_eq(thread, pid);
	cr_assert_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL,
	                    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL),
	             0);
	for (;;) {
		if (WIFSTOPPED(status)) {
			if (WSTOPSIG(status) == (SIGTRAP | 0x80) && crash_is_at_call(thread) &&
			    --at == 0)
				break;
			cr_assert(ptrace(PTRACE_SYSCALL, thread, NULL, NULL) == 0 ||
			          errno == ESRCH);
		} else if (thread == pid) {
			cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			return false;
		}
		thread = waitpid(-1, &status, __WALL);
		cr_assert_gt(thread, 0);
	}
	crash_end(pid);
	return true;
}

bool crash_killed(void (*work)(void), int at)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	return crash_kill_at(pid, at);
}
