/* PIDFD_GET_INFO, and /proc/PID/stat of a zombie. Owns nothing. */
#include "controller/process/cause.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/proc_stat.h"

/* The kernel's linux/pidfd.h, in its first size. */
struct pidfd_info {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define PIDFD_GET_INFO  _IOWR(0xff, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT (UINT64_C(1) << 3)

static void cause_tell(int status, pid_t pid, siginfo_t *info)
{
	memset(info, 0, sizeof *info);
	info->si_pid = pid;
	info->si_code = WIFEXITED(status) ? CLD_EXITED : CLD_KILLED;
	info->si_status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

/* To others than the same user and root the kernel shows 0 in its place. */
static bool may_see(pid_t pid)
{
	cleanup_free char *path = mem_format("/proc/%d", (int)pid);
	struct stat st;

	return stat(path, &st) == 0 && (geteuid() == 0 || st.st_uid == geteuid());
}

/* The wait status of a process that was not reaped yet; -1: it is not available here. */
static int status_of_zombie(pid_t pid)
{
	char text[PROC_STAT_SIZE];
	const char *state = proc_stat_read(pid, text);
	const char *at = proc_stat_field(state, PROC_STAT_EXIT_CODE);
	int64_t status;

	if (!at || *state != 'Z' || !may_see(pid) ||
	    parse_range(at, strspn(at, "0123456789"), "status", 0, 0xffff, &status, NULL))
		return -1;
	return (int)status;
}

enum cause_answer cause_look(int pidfd, pid_t pid, siginfo_t *info)
{
	/* Before the kernel is asked: had it been reaped then, the kernel would know. */
	int status = status_of_zombie(pid);
	struct pidfd_info answer = {.mask = PIDFD_INFO_EXIT};
	int rc = ioctl(pidfd, PIDFD_GET_INFO, &answer);

	if (rc == 0 && answer.mask & PIDFD_INFO_EXIT) {
		cause_tell(answer.exit_code, pid, info);
		return CAUSE_KNOWN;
	}
	if (rc && errno != ESRCH)
		return CAUSE_NEVER;
	/* ESRCH: it is being reaped, and what had its number then may be another one by now. */
	if (rc || status < 0)
		return CAUSE_LATER;
	cause_tell(status, pid, info);
	return CAUSE_KNOWN;
}
