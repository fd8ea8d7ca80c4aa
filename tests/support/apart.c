#include "support/apart.h"

void apart(void (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* A failed assertion may wait for ever, because Criterion does not know this
		 * process. */
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

void apart_disk(const char *dir, const char *size)
{
	cleanup_free char *options = mem_format("size=%s", size);

	if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		_exit(APART_SKIPPED);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", 0, options))
		_exit(APART_SKIPPED);
}

void apart_resize(const char *dir, const char *size)
{
	cleanup_free char *options = mem_format("size=%s", size);

	cr_assert_eq(mount("none", dir, NULL, MS_REMOUNT, options), 0);
}
