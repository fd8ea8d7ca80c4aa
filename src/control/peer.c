/* The credentials of peers at connect(2): SO_PEERCRED, SO_PEERGROUPS, SO_PEERPIDFD. */
#include "control/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* Bytes of a program's name (proc_pid_comm(5)), with its line end. */
#define COMM_SIZE 64

const char *role_name(enum role role)
{
	switch (role) {
	case ROLE_OWN:
		return "own";
	case ROLE_OPERATE:
		return "operate";
	case ROLE_READ:
		return "read";
	case ROLE_NONE:
		break;
	}
	return "none";
}

static bool peer_is_member(const struct peer_credentials *who, const gid_t *groups, size_t count,
                           const struct peer_group *group)
{
	if (!group->there)
		return false;
	for (size_t i = 0; i < count; i++)
		if (groups[i] == group->gid)
			return true;
	return who->gid == group->gid;
}

enum role peer_role(const struct peer_credentials *who, const gid_t *groups, size_t count,
                    uid_t owner, const struct peer_groups *may)
{
	if (who->uid == 0 || who->uid == owner)
		return ROLE_OWN;
	if (peer_is_member(who, groups, count, &may->operate))
		return ROLE_OPERATE;
	return peer_is_member(who, groups, count, &may->observe) ? ROLE_READ : ROLE_NONE;
}

/* The supplementary groups. New memory; NULL: there are none. */
static gid_t *peer_groups(int fd, size_t *count)
{
	socklen_t size = 0;
	gid_t *groups;

	*count = 0;
	/* A buffer that is too small gives ERANGE and the needed size (socket(7)). */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return NULL;
	groups = mem_new(size);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0)
		*count = size / sizeof *groups;
	return groups;
}

int peer_look(int fd, const struct peer_groups *may, struct peer_credentials *who,
              struct error *err)
{
	cleanup_free gid_t *groups = NULL;
	struct ucred peer;
	socklen_t size = sizeof peer;
	size_t count;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return error_set(err, ERR_INTERNAL, "the peer is unknown: %s", strerror(errno));
	*who = (struct peer_credentials){.uid = peer.uid, .gid = peer.gid, .pid = peer.pid};
	groups = peer_groups(fd, &count);
	who->role = peer_role(who, groups, count, geteuid(), may);
	if (who->role != ROLE_NONE)
		return 0;
	return error_set(
	    err, ERR_DENIED,
	    "user %u may not use this dtreed: it is neither its user nor root, and in no "
	    "group that operates or observes",
	    (unsigned)who->uid);
}

/* false: it cannot be read. */
static bool peer_read_name(pid_t pid, char *name, size_t size)
{
	cleanup_free char *path = mem_format("/proc/%d/comm", (int)pid);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, name, size - 1);

	if (n <= 0)
		return false;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return *name;
}

/* A descriptor of the very process that has connected, where the kernel gives it; else of the one
 * that has its number now. */
static int peer_pidfd(int fd, pid_t pid)
{
	int pidfd = -1;
	socklen_t size = sizeof pidfd;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0)
		return pidfd;
	return errno == ENOPROTOOPT ? pidfd_open(pid, 0) : -1;
}

char *peer_program(int fd, const struct peer_credentials *who)
{
	cleanup_close int pidfd = who->pid > 0 ? peer_pidfd(fd, who->pid) : -1;
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	char name[COMM_SIZE];

	/* It lives after its name was read: so the number was its own until then. */
	if (pidfd < 0 || !peer_read_name(who->pid, name, sizeof name) || poll(&ended, 1, 0) != 0)
		return mem_string("?");
	return parse_printable(name, strlen(name), sizeof name);
}
