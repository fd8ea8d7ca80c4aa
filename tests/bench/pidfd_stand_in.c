/*
 * Loaded before programs that run under a valgrind that does not know pidfds, as 3.19: they get a
 * descriptor that never becomes readable, so the death that they wait for is not seen. Owns what
 * processes these stand for.
 */
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STAND_INS 1024

static pid_t stand_ins[STAND_INS]; /* by descriptor; 0: none */

int pidfd_open(pid_t pid, unsigned flags)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, flags);

	if (pidfd >= 0 || errno != ENOSYS)
		return pidfd;
	pidfd = eventfd(0, EFD_CLOEXEC);
	if (pidfd >= 0 && pidfd < STAND_INS)
		stand_ins[pidfd] = pid;
	return pidfd;
}

int pidfd_send_signal(int pidfd, int number, siginfo_t *info, unsigned flags)
{
	long rc = syscall(SYS_pidfd_send_signal, pidfd, number, info, flags);

	if (rc >= 0 || errno != ENOSYS || pidfd < 0 || pidfd >= STAND_INS || !stand_ins[pidfd])
		return (int)rc;
	return kill(stand_ins[pidfd], number);
}
