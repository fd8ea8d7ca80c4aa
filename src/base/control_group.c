/* Owns nothing. */
#include "base/control_group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define BLANKS " \n"

int control_group_make(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
}

static int control_group_open(const char *path, const char *file, int flags)
{
	cleanup_free char *name = mem_format("%s/%s", path, file);

	return open(name, flags | O_CLOEXEC | O_NOFOLLOW);
}

int control_group_write(const char *path, const char *file, const char *text)
{
	cleanup_close int fd = control_group_open(path, file, O_WRONLY);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

bool control_group_has(const char *path, const char *file, const char *word)
{
	cleanup_close int fd = control_group_open(path, file, O_RDONLY);
	char text[1024];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	char *rest = text;
	const char *found;

	text[n < 0 ? 0 : n] = '\0';
	while ((found = strsep(&rest, BLANKS)))
		if (strcmp(found, word) == 0)
			return true;
	return false;
}

void control_group_kill(const char *path)
{
	control_group_write(path, "cgroup.kill", "1");
}

int control_group_remove(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *below = mem_format("%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR && *entry->d_name != '.')
			rmdir(below);
	}
	if (dir)
		closedir(dir);
	return rmdir(path) && errno != ENOENT ? -1 : 0;
}

int control_group_door(const char *path)
{
	return control_group_open(path, "cgroup.procs", O_WRONLY);
}

void control_group_enter(int door)
{
	ssize_t written = write(door, "0", 1);

	(void)written;
}
