#include "controller/process/lookup.h"

#include <errno.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/lock.h"
#include "base/mem.h"

/* A holder of a place that ends while it is looked at is looked at again. */
#define LOOKS_MAX 100

static enum process_found lookup_fail(struct error *err, const char *what, pid_t pid)
{
	error_set(err, ERR_LIMIT, "cannot %s process %d: %s", what, (int)pid, strerror(errno));
	return PROCESS_FAILED;
}

/* Is there no process of that number? ENOENT, EINVAL: it is a thread's. */
static bool lookup_is_absent(void)
{
	return errno == ESRCH || errno == ENOENT || errno == EINVAL;
}

/* The holder of the place: looked at again once the descriptor is open, so that it is the same
 * process. */
static enum process_found lookup_holder(const struct process_record *record, pid_t *pid, int *pidfd,
                                        struct error *err)
{
	for (int i = 0; i < LOOKS_MAX; i++) {
		enum lock_state state = lock_look(record->lives, record->place, pid);

		if (state == LOCK_FREE)
			return PROCESS_GONE;
		if (state == LOCK_UNKNOWN) {
			error_set(err, ERR_INTERNAL, "cannot tell whether its process lives: %s",
			          strerror(errno));
			return PROCESS_HIDDEN;
		}
		if (!*pid)
			break;
		*pidfd = pidfd_open(*pid, 0);
		if (*pidfd < 0 && !lookup_is_absent())
			return lookup_fail(err, "watch", *pid);
		if (*pidfd >= 0 && lock_is_held_by(record->lives, record->place, *pid))
			return PROCESS_LIVES;
		mem_cleanup_close(pidfd);
		*pidfd = -1;
	}
	error_set(err, ERR_INTERNAL, "its process lives where it cannot be seen from here");
	return PROCESS_HIDDEN;
}

/* By what was written down, where no process holds the place. */
static enum process_found lookup_recorded(const struct process_record *record, int *pidfd,
                                          struct error *err)
{
	pid_t pid = record->id.pid;

	if (!pid || !record->same_boot)
		return PROCESS_GONE;
	*pidfd = pidfd_open(pid, 0);
	if (*pidfd < 0)
		return lookup_is_absent() ? PROCESS_GONE : lookup_fail(err, "watch", pid);
	switch (identity_compare(&record->id, *pidfd)) {
	case IDENTITY_SAME:
		return PROCESS_APART;
	case IDENTITY_OTHER:
		return PROCESS_GONE;
	case IDENTITY_UNKNOWN:
		break;
	}
	/* One that takes a place has none: it has ended. */
	if (record->places)
		return PROCESS_GONE;
	error_set(
	    err, ERR_INTERNAL,
	    "process %d lives, and without /proc it cannot be told whether it is the one that "
	    "was written down",
	    (int)pid);
	return PROCESS_FAILED;
}

enum process_found lookup_process(const struct process_record *record, pid_t *pid, int *pidfd,
                                  struct error *err)
{
	enum process_found what = lookup_holder(record, pid, pidfd, err);

	if (what != PROCESS_GONE)
		return what;
	*pid = record->id.pid;
	return lookup_recorded(record, pidfd, err);
}
