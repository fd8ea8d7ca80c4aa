/* Owns nothing. */
#include "base/descendants.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"

/* Far from what anybody sets, and with room for each process id. */
#define MARK_BASE ((rlim_t)0x64747265 << 24)

void descendants_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void descendants_mark(pid_t dtreed)
{
	struct rlimit locks;

	if (getrlimit(RLIMIT_LOCKS, &locks))
		return;
	locks.rlim_cur = MARK_BASE + (rlim_t)dtreed;
	setrlimit(RLIMIT_LOCKS, &locks);
}

bool descendants_marked(pid_t pid, pid_t dtreed)
{
	struct rlimit locks;

	return prlimit(pid, RLIMIT_LOCKS, NULL, &locks) == 0 &&
	       locks.rlim_cur == MARK_BASE + (rlim_t)dtreed;
}

/* proc_pid_task(5), "children". */
static void descendants_visit_thread(const char *thread, void (*visit)(void *arg, pid_t pid),
                                     void *arg)
{
	cleanup_free char *path = mem_format("/proc/self/task/%s/children", thread);
	FILE *file = fopen(path, "re");
	int pid;

	while (file && fscanf(file, "%d", &pid) == 1)
		visit(arg, pid);
	if (file)
		fclose(file);
}

void descendants_visit(void (*visit)(void *arg, pid_t pid), void *arg)
{
	DIR *threads = opendir("/proc/self/task");
	const struct dirent *thread;

	while (threads && (thread = readdir(threads)))
		if (thread->d_name[0] != '.')
			descendants_visit_thread(thread->d_name, visit, arg);
	if (threads)
		closedir(threads);
}

void descendants_kill(pid_t pid)
{
	pid_t group = getpgid(pid);

	if (group > 1 && group != getpgrp())
		kill(-group, SIGKILL);
	kill(pid, SIGKILL);
}
