/*
 * The two protocols of a service manager. It does not use libsystemd, which would need seven
 * libraries and 1 MB of resident memory: sd_notify(3) and sd_listen_fds(3) specify both and promise
 * to keep them. Owns the name of the notification socket.
 */
#include "daemon/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/inherit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"

/* The first descriptor that is passed (SD_LISTEN_FDS_START). */
#define PASSED_FD 3
/* A watchdog with less patience is none. */
#define WATCHDOG_MIN_US 10000

static char *heard_at;      /* $NOTIFY_SOCKET; NULL: there is none */
static int64_t watchdog_ms; /* $WATCHDOG_USEC; 0: there is none */

/* name: a path, or a name in the abstract namespace with '@' for its first byte; 0: neither. */
static socklen_t notify_make_address(const char *name, struct sockaddr_un *address)
{
	size_t n = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || n >= sizeof address->sun_path)
		return 0;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, name, n);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

static void notify_say(const char *state)
{
	const char *name = heard_at;
	struct sockaddr_un address;
	socklen_t size;
	cleanup_close int fd = -1;

	if (!name)
		return;
	size = notify_make_address(name, &address);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!size || fd < 0 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
	           (const struct sockaddr *)&address, size) < 0)
		log_warn("start", "NOTIFY_SOCKET: %s", size ? strerror(errno) : "no socket's name");
}

void notify_ready(const char *status)
{
	cleanup_free char *state = mem_format("READY=1\nSTATUS=%s", status);

	notify_say(state);
}

void notify_status(const char *status)
{
	cleanup_free char *state = mem_format("STATUS=%s", status);

	notify_say(state);
}

/* The time is for a service manager that asks for it (Type=notify-reload, of systemd 253): what it
 * heard before is not meant. */
void notify_reloading(void)
{
	cleanup_free char *state =
	    mem_format("RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=reading the configuration again",
	               (unsigned long long)(clock_ns() / 1000));

	notify_say(state);
}

int64_t notify_watchdog_ms(void)
{
	return heard_at ? watchdog_ms : 0;
}

void notify_alive(void)
{
	if (watchdog_ms)
		notify_say("WATCHDOG=1");
}

void notify_starting(size_t nodes)
{
	cleanup_free char *state =
	    mem_format("STATUS=starting: %zu nodes are waited for\nEXTEND_TIMEOUT_USEC=%lld", nodes,
	               (long long)NOTIFY_STARTING_MS * 1000);

	notify_say(state);
}

void notify_stopping(int64_t limit_ms)
{
	cleanup_free char *state =
	    mem_format("STOPPING=1\nSTATUS=ending the tree\nEXTEND_TIMEOUT_USEC=%lld",
	               (long long)limit_ms * 1000);

	notify_say(state);
}

/* Does the variable have the id of this process? */
static bool notify_is_own(const char *variable)
{
	const char *pid = getenv(variable);
	int64_t wanted = 0;

	return pid && parse_int64(pid, strlen(pid), &wanted) == 0 && wanted == getpid();
}

/* How many descriptors were passed to this process; 0 if the variable is no number. */
static int64_t passed(void)
{
	const char *fds = getenv("LISTEN_FDS");
	int64_t count = 0;

	if (!notify_is_own("LISTEN_PID") || !fds || parse_int64(fds, strlen(fds), &count))
		return 0;
	return count;
}

/* sd_watchdog_enabled(3): without a process's id it is for each process that has the variable. */
static int64_t notify_find_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	int64_t count = 0;

	if (!usec || (getenv("WATCHDOG_PID") && !notify_is_own("WATCHDOG_PID")) ||
	    parse_int64(usec, strlen(usec), &count) || count < WATCHDOG_MIN_US)
		return 0;
	return count / 1000;
}

static int get_option(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? -1 : value;
}

int notify_open(bool keep_others, int *fd, struct error *err)
{
	int64_t count = passed();
	const char *name = getenv("NOTIFY_SOCKET");

	*fd = -1;
	heard_at = name ? mem_string(name) : NULL;
	watchdog_ms = notify_find_watchdog();
	inherit_clean_environment();
	if (!keep_others)
		inherit_close(PASSED_FD + (count == 1));
	if (count == 0)
		return 0;
	if (count != 1)
		return error_set(err, ERR_INTERNAL, "LISTEN_FDS: %lld sockets were passed, not one",
		                 (long long)count);
	if (get_option(PASSED_FD, SO_DOMAIN) != AF_UNIX ||
	    get_option(PASSED_FD, SO_TYPE) != SOCK_STREAM ||
	    get_option(PASSED_FD, SO_ACCEPTCONN) != 1)
		return error_set(err, ERR_INTERNAL,
		                 "LISTEN_FDS: what was passed is no listening Unix stream socket");
	if (fcntl(PASSED_FD, F_SETFD, FD_CLOEXEC) ||
	    fcntl(PASSED_FD, F_SETFL, fcntl(PASSED_FD, F_GETFL) | O_NONBLOCK))
		return error_set(err, ERR_INTERNAL, "LISTEN_FDS: %s", strerror(errno));
	*fd = PASSED_FD;
	return 0;
}

void notify_close(void)
{
	free(heard_at);
	heard_at = NULL;
}
