/* The credentials of peers at connect(2): SO_PEERCRED, SO_PEERGROUPS. */
#include "control/peer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* Is gid among the peer's supplementary groups? */
static bool peer_has_group(int fd, gid_t gid)
{
	cleanup_free gid_t *groups = NULL;
	socklen_t size = 0;

	/* A buffer that is too small gives ERANGE and the needed size (socket(7)). */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return false;
	groups = mem_new(size);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size))
		return false;
	for (size_t i = 0; i < size / sizeof *groups; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

int peer_check(int fd, struct error *err)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return error_set(err, ERR_INTERNAL, "the peer is unknown: %s", strerror(errno));
	if (peer.uid == 0 || peer.uid == geteuid() || peer.gid == getegid() ||
	    peer_has_group(fd, getegid()))
		return 0;
	return error_set(err, ERR_DENIED, "user %u is neither the daemon's nor in its group",
	                 (unsigned)peer.uid);
}
