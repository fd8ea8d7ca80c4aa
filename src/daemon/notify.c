/* sd_notify(3) and sd_listen_fds(3). Owns nothing. */
#include "daemon/notify.h"

#ifdef HAVE_SYSTEMD
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

void notify_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=ending the tree");
}

int notify_socket(int *fd, struct error *err)
{
	int n = sd_listen_fds(1);

	*fd = -1;
	if (n == 0)
		return 0;
	if (n < 0)
		return error_set(err, ERR_INTERNAL, "LISTEN_FDS: %s", strerror(-n));
	if (n > 1)
		return error_set(err, ERR_INTERNAL, "LISTEN_FDS: %d sockets were passed, not one",
		                 n);
	if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
		return error_set(err, ERR_INTERNAL,
		                 "LISTEN_FDS: what was passed is no listening Unix stream socket");
	if (fcntl(SD_LISTEN_FDS_START, F_SETFL, fcntl(SD_LISTEN_FDS_START, F_GETFL) | O_NONBLOCK) <
	    0)
		return error_set(err, ERR_INTERNAL, "LISTEN_FDS: %s", strerror(errno));
	*fd = SD_LISTEN_FDS_START;
	return 0;
}

#else

void notify_ready(const char *status)
{
	(void)status;
}

void notify_stopping(void)
{
}

int notify_socket(int *fd, struct error *err)
{
	(void)err;
	*fd = -1;
	return 0;
}

#endif
