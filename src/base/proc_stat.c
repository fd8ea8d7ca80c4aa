/* Owns nothing. */
#include "base/proc_stat.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* The second field, the name, may hold anything, but is followed by the last ')'. */
const char *proc_stat_read(pid_t pid, char text[PROC_STAT_SIZE])
{
	cleanup_free char *path = mem_format("/proc/%d/stat", (int)pid);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, PROC_STAT_SIZE - 1);
	const char *at;

	if (n <= 0)
		return NULL;
	text[n] = '\0';
	at = strrchr(text, ')');
	return at && at[1] == ' ' ? at + 2 : NULL;
}

const char *proc_stat_field(const char *fields, int number)
{
	for (int field = PROC_STAT_STATE; fields && field < number; field++) {
		fields = strchr(fields, ' ');
		fields = fields ? fields + 1 : NULL;
	}
	return fields;
}
