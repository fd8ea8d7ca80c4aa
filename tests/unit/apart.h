/* A test in a process of its own, which may have a file system of its own. */
#ifndef TESTS_APART_H
#define TESTS_APART_H

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* "It cannot be tested here." */
#define APART_SKIPPED 77
/* It has so long; less than the time of a test suite that uses this. */
#define APART_SECONDS 200

static inline void apart(void (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* An assertion that fails may wait for ever: the runner does not know this process.
		 */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(APART_SECONDS);
		test();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == APART_SKIPPED)
		cr_skip_test("no file systems can be mounted here");
	cr_assert_eq(status, 0);
}

/* In such a process: the directory is a disk of that size ("1M"), which nobody else sees. */
static inline void apart_disk(const char *dir, const char *size)
{
	cleanup_free char *options = mem_format("size=%s", size);

	if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		_exit(APART_SKIPPED);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", 0, options))
		_exit(APART_SKIPPED);
}

static inline void apart_resize(const char *dir, const char *size)
{
	cleanup_free char *options = mem_format("size=%s", size);

	cr_assert_eq(mount("none", dir, NULL, MS_REMOUNT, options), 0);
}

#endif
