/* Owns the descriptors, which stay valid until the end. */
#include <utlist.h>

#include "base/mem.h"
#include "sim/numbers.h"
#include "sim/os.h"

struct descriptor {
	int fd;
	struct sim_process *owner; /* NULL: closed */
	bool ready;
	ev_io *watcher;
	struct sim_process *target; /* of a pidfd */
	int gate;                   /* of the end of a pipe */
	struct descriptor *prev;    /* utlist: of the owner, while it is open */
	struct descriptor *next;
	struct descriptor *target_prev; /* the same of the target */
	struct descriptor *target_next;
};

static struct numbers descriptors;

void descriptors_end(void)
{
	numbers_free(&descriptors);
}

static struct descriptor *descriptor_of(int fd)
{
	return descriptors.items[fd - SIM_FD];
}

int os_fd_new(struct sim_process *owner)
{
	struct descriptor *d = mem_new(sizeof *d);

	d->owner = owner;
	d->fd = SIM_FD + (int)numbers_add(&descriptors, d);
	DL_APPEND(owner->owned, d);
	return d->fd;
}

void os_fd_set(int fd, bool ready)
{
	struct descriptor *d = descriptor_of(fd);
	struct sim_process *p = d->owner;
	bool news = ready && !d->ready;

	if (!p)
		return;
	d->ready = ready;
	if (!news)
		return;
	for (size_t i = 0; i < p->ready_count; i++)
		if (p->ready[i] == fd)
			fd = -1;
	if (fd >= 0) {
		if (p->ready_count == p->ready_room) {
			p->ready_room = p->ready_room ? 2 * p->ready_room : 8;
			p->ready = mem_resize(p->ready, p->ready_room * sizeof *p->ready);
		}
		p->ready[p->ready_count++] = fd;
	}
	os_wake(p);
}

bool os_fd_is_ready(int fd)
{
	const struct descriptor *d = descriptor_of(fd);

	return d->owner && d->ready;
}

void os_fd_close(int fd)
{
	struct descriptor *d = descriptor_of(fd);

	if (!d->owner)
		return;
	DL_DELETE(d->owner->owned, d);
	if (d->target)
		DL_DELETE2(d->target->watching, d, target_prev, target_next);
	d->owner = NULL;
	d->ready = false;
	d->watcher = NULL;
}

void os_fd_watch(int fd, ev_io *watcher)
{
	if (fd >= SIM_FD)
		descriptor_of(fd)->watcher = watcher;
}

ev_io *os_fd_watcher(int fd)
{
	return descriptor_of(fd)->watcher;
}

int os_pidfd_new(struct sim_process *owner, struct sim_process *target)
{
	int fd = os_fd_new(owner);

	descriptor_of(fd)->target = target;
	DL_APPEND2(target->watching, descriptor_of(fd), target_prev, target_next);
	if (target->dead)
		os_fd_set(fd, true);
	return fd;
}

struct sim_process *os_pidfd_target(int fd)
{
	return descriptor_of(fd)->target;
}

int os_gate_fd_new(struct sim_process *owner, int gate)
{
	int fd = os_fd_new(owner);

	descriptor_of(fd)->gate = gate;
	return fd;
}

int os_gate_of(int fd)
{
	return descriptor_of(fd)->gate;
}

void os_gate_written(int fd)
{
	descriptor_of(fd)->gate = 0;
}

void descriptors_died(struct sim_process *p)
{
	while (p->owned)
		os_fd_close(p->owned->fd);
}

void descriptors_tell(struct sim_process *p)
{
	struct descriptor *d;

	DL_FOREACH2(p->watching, d, target_next)
	{
		os_fd_set(d->fd, true);
	}
}
