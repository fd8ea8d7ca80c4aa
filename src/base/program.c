/* The other programs of dtree, and standard streams. Nothing is kept between calls. */
#include "base/program.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* DIRECTORY/NAME if that is a program, else NULL. */
static char *program_in(const char *directory, const char *name)
{
	struct stat st;
	char *path = mem_format("%s/%s", directory, name);

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* The directory of the running program, or NULL where /proc does not tell it. */
static char *program_directory(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe);
	const char *slash;

	/* A path that fills the buffer may have been cut. */
	if (n <= 0 || (size_t)n == sizeof exe)
		return NULL;
	slash = memrchr(exe, '/', (size_t)n);
	return slash ? mem_copy(exe, (size_t)(slash - exe)) : NULL;
}

char *program_find(const char *name, const char *relative, const char *configured)
{
	cleanup_free char *own = program_directory();
	char *path = own ? program_in(own, name) : NULL;

	if (!path && own && relative) {
		cleanup_free char *moved = mem_format("%s/%s", own, relative);
		path = program_in(moved, name);
	}
	if (!path && configured)
		path = program_in(configured, name);
	return path;
}

int program_streams(void)
{
	static const int modes[] = {
	    [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDWR};

	/* open(2) gives the lowest free number, and all lower ones are open by then. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			return -1;
	return 0;
}
