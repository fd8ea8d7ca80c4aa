/* Owns nothing. */
#include "program/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static int make_raw(int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode))
		return -1;
	cfmakeraw(&mode);
	return tcsetattr(fd, TCSANOW, &mode);
}

int terminal_open(int *ours, int *theirs)
{
	char name[64];
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int slave = -1;
	int saved;

	if (fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0 && !ptsname_r(fd, name, sizeof name))
		slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave >= 0 && make_raw(slave) == 0) {
		*ours = fd;
		*theirs = slave;
		return 0;
	}
	saved = errno;
	if (slave >= 0)
		close(slave);
	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}
