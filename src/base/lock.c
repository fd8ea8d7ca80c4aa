/* fcntl(2), F_SETLK and F_GETLK, one byte for each place. Owns nothing. */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct flock range(short type, uint32_t place)
{
	return (struct flock){
	    .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)place, .l_len = 1};
}

int lock_take(int fd, uint32_t place)
{
	struct flock lock = range(F_WRLCK, place);
	int rc;

	do
		rc = fcntl(fd, F_SETLK, &lock);
	while (rc && errno == EINTR);
	if (rc && errno == EACCES)
		errno = EAGAIN; /* POSIX has both */
	return rc;
}

void lock_drop(int fd, uint32_t place)
{
	struct flock lock = range(F_UNLCK, place);

	fcntl(fd, F_SETLK, &lock);
}

enum lock_state lock_look(int fd, uint32_t place, pid_t *holder)
{
	struct flock lock = range(F_WRLCK, place);
	int rc;

	*holder = 0;
	do
		rc = fcntl(fd, F_GETLK, &lock);
	while (rc && errno == EINTR);
	if (rc)
		return LOCK_UNKNOWN;
	if (lock.l_type == F_UNLCK)
		return LOCK_FREE;
	if (lock.l_pid > 0)
		*holder = lock.l_pid;
	return LOCK_HELD;
}

bool lock_is_held_by(int fd, uint32_t place, pid_t pid)
{
	pid_t holder;

	return lock_look(fd, place, &holder) == LOCK_HELD && holder == pid;
}
