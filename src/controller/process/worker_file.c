/* Stateless. */
#include "controller/process/worker_file.h"

#include <stdio.h>
#include <sys/stat.h>

struct worker_file worker_file_at(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return (struct worker_file){0};
	return (struct worker_file){.device = st.st_dev, .inode = st.st_ino};
}

struct worker_file worker_file_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	return worker_file_at(path);
}

bool worker_file_differs(const struct worker_file *a, const struct worker_file *b)
{
	return a->inode && b->inode && (a->inode != b->inode || a->device != b->device);
}
