/* Owns nothing. */
#include "base/proc_usage.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/proc_stat.h"
#include "base/run_delay.h"

static uint64_t usage_of_thread(int tasks, const char *tid)
{
	cleanup_free char *path = mem_format("%s/schedstat", tid);
	cleanup_close int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);

	return run_delay_read(fd);
}

static uint64_t usage_of_threads(pid_t pid)
{
	cleanup_free char *path = mem_format("/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	const struct dirent *task;
	uint64_t waited = 0;
	size_t count = 0;

	if (!tasks)
		return 0;
	while (count < PROC_USAGE_THREADS && (task = readdir(tasks))) {
		if (!isdigit((unsigned char)*task->d_name))
			continue;
		waited += usage_of_thread(dirfd(tasks), task->d_name);
		count++;
	}
	closedir(tasks);
	return waited;
}

static uint64_t usage_count(const char *fields, int number)
{
	const char *field = proc_stat_field(fields, number);

	return field ? strtoull(field, NULL, 10) : 0;
}

int proc_usage_read(pid_t pid, struct proc_usage *usage)
{
	char text[PROC_STAT_SIZE];
	const char *fields = proc_stat_read(pid, text);

	*usage = (struct proc_usage){0};
	if (!fields)
		return -1;
	usage->minor = usage_count(fields, PROC_STAT_MINOR);
	usage->major = usage_count(fields, PROC_STAT_MAJOR);
	usage->wait_ns = usage_of_threads(pid);
	return 0;
}

/* proc_pid_statm(5): "SIZE RESIDENT ...", in pages. */
int64_t proc_memory_read(pid_t pid)
{
	cleanup_free char *path =
	    pid ? mem_format("/proc/%d/statm", (int)pid) : mem_string("/proc/self/statm");
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	char *resident;

	if (n <= 0)
		return -1;
	text[n] = '\0';
	resident = strchr(text, ' ');
	return resident ? strtoll(resident, NULL, 10) * sysconf(_SC_PAGESIZE) : -1;
}
