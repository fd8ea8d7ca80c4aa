/* Locks of places belong to one process; its children do not inherit them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/lock.h"
#include "support/scratch.h"

static int fd;

static int open_file(void)
{
	cleanup_free char *path = mem_format("%s/lock", scratch_top);
	int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_geq(opened, 0);
	return opened;
}

static void set_up(void)
{
	scratch_set_up();
	fd = open_file();
}

static void tear_down(void)
{
	close(fd);
	scratch_tear_down();
}

TestSuite(lock, .init = set_up, .fini = tear_down, .timeout = 60);

/* A child that has taken a place, and waits to be killed. */
static pid_t holder_of(uint32_t place)
{
	int told[2];
	char byte = 0;
	pid_t pid;

	cr_assert_eq(pipe(told), 0);
	pid = fork();
	if (pid == 0) {
		int own = open_file();
		byte = lock_take(own, place) == 0 ? 'y' : 'n';
		if (write(told[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	close(told[1]);
	cr_assert_eq(read(told[0], &byte, 1), 1);
	cr_assert_eq(byte, 'y');
	close(told[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

Test(lock, a_place_is_free_then_held_by_a_process_then_free)
{
	pid_t seen = -1;
	pid_t pid;

	cr_assert_eq(lock_look(fd, 7, &seen), LOCK_FREE);
	cr_assert_eq(seen, 0);
	pid = holder_of(7);
	cr_assert_eq(lock_look(fd, 7, &seen), LOCK_HELD);
	cr_assert_eq(seen, pid);
	cr_assert(lock_is_held_by(fd, 7, pid));
	cr_assert_not(lock_is_held_by(fd, 7, getpid()));
	end(pid);
	cr_assert_eq(lock_look(fd, 7, &seen), LOCK_FREE);
	cr_assert_not(lock_is_held_by(fd, 7, pid));
}

Test(lock, who_is_late_does_not_get_it)
{
	pid_t pid = holder_of(7);

	errno = 0;
	cr_assert_eq(lock_take(fd, 7), -1);
	cr_assert_eq(errno, EAGAIN);
	end(pid);
	cr_assert_eq(lock_take(fd, 7), 0);
}

Test(lock, places_are_apart)
{
	const uint32_t places[] = {0, 1, 7, UINT32_MAX - 1, UINT32_MAX};
	pid_t pids[ARRAY_SIZE(places)];
	pid_t seen;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		pids[i] = holder_of(places[i]);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		cr_assert(lock_is_held_by(fd, places[i], pids[i]));
	cr_assert_eq(lock_look(fd, 2, &seen), LOCK_FREE);
	cr_assert_eq(lock_look(fd, UINT32_MAX - 2, &seen), LOCK_FREE);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		end(pids[i]);
}

/* flock(2) would let the child keep the lock. */
Test(lock, a_forked_child_keeps_nothing)
{
	pid_t owner;
	pid_t child;
	pid_t seen;
	int told[2];

	cr_assert_eq(pipe(told), 0);
	owner = fork();
	if (owner == 0) {
		if (lock_take(fd, 7))
			_exit(1);
		child = fork();
		if (child == 0)
			pause();
		if (write(told[1], &child, sizeof child) == sizeof child)
			pause();
		_exit(1);
	}
	cr_assert_eq(read(told[0], &child, sizeof child), (ssize_t)sizeof child);
	cr_assert(lock_is_held_by(fd, 7, owner));
	end(owner);
	cr_assert_eq(lock_look(fd, 7, &seen), LOCK_FREE);
	cr_assert_eq(kill(child, SIGKILL), 0, "the child lived");
}

Test(lock, one_that_was_dropped_is_free)
{
	pid_t pid;

	cr_assert_eq(lock_take(fd, 7), 0);
	lock_drop(fd, 7);
	pid = holder_of(7);
	end(pid);
}

Test(lock, what_is_no_file_cannot_tell)
{
	pid_t seen;

	cr_assert_eq(lock_look(-1, 7, &seen), LOCK_UNKNOWN);
	cr_assert_not(lock_is_held_by(-1, 7, getpid()));
}
