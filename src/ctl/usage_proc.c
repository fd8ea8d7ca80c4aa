/* Reads /proc. Stateless. */
#include "ctl/usage_proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/proc_stat.h"
#include "base/proc_usage.h"

/* Of more threads and children no more are looked at. */
#define USAGE_TEXT 4096
/* utime and stime: proc_pid_stat(5). */
#define USAGE_USER   14
#define USAGE_SYSTEM 15

/* Reads a small file of /proc/PID; "": there is none. */
static void usage_proc_file(pid_t pid, const char *name, char text[USAGE_TEXT])
{
	cleanup_free char *path = mem_format("/proc/%d/%s", (int)pid, name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, USAGE_TEXT - 1);

	text[n > 0 ? n : 0] = '\0';
}

static void usage_proc_add(pid_t pid, int64_t *ticks, int64_t *memory)
{
	char text[PROC_STAT_SIZE];
	const char *fields = proc_stat_read(pid, text);
	const char *user = proc_stat_field(fields, USAGE_USER);
	const char *system = proc_stat_field(fields, USAGE_SYSTEM);
	int64_t bytes = proc_memory_read(pid);

	if (!user || !system || bytes < 0)
		return;
	*ticks = (*ticks < 0 ? 0 : *ticks) + strtoll(user, NULL, 10) + strtoll(system, NULL, 10);
	*memory = (*memory < 0 ? 0 : *memory) + bytes;
}

/* Of one thread: "123 456 ". */
static void usage_proc_add_children(pid_t pid, const char *thread, int64_t *ticks, int64_t *memory)
{
	cleanup_free char *name = mem_format("task/%s/children", thread);
	char text[USAGE_TEXT];
	char *at = text;
	char *end;

	usage_proc_file(pid, name, text);
	for (long child = strtol(at, &end, 10); end != at; child = strtol(at, &end, 10)) {
		usage_proc_add((pid_t)child, ticks, memory);
		at = end;
	}
}

void usage_proc_read(pid_t pid, int64_t *ticks, int64_t *memory)
{
	cleanup_free char *path = mem_format("/proc/%d/task", (int)pid);
	char name[USAGE_TEXT];
	const struct dirent *entry;
	DIR *dir;

	if (pid <= 0)
		return;
	usage_proc_file(pid, "comm", name);
	if (strncmp(name, "dtree-worker", strlen("dtree-worker")) != 0)
		return;
	usage_proc_add(pid, ticks, memory);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			usage_proc_add_children(pid, entry->d_name, ticks, memory);
	if (dir)
		closedir(dir);
}
