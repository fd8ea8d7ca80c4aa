#!/bin/sh
# Guess: under a system call filter that knows no clone3() and answers EPERM (the default answer of
# older container engines, SystemCallErrorNumber=EPERM of systemd) processes can be made or cannot,
# and whatever fails names the cause.
# Seen: fork() works as ever, since glibc makes it by clone(). pthread_create() and posix_spawn(),
# and with it popen(), fail with EPERM: glibc goes back to clone() on ENOSYS only. system() makes no
# error at all: it gives the status 127, "the shell could not be executed". So a program runs, forks,
# and fails at its first thread. The answer ENOSYS to the same call mends all of it.
# Version: glibc 2.36, x86-64.
. "${0%/*}/common.sh"
pinned libc6=2.36-9+deb12u14

built refused -lpthread <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void *nothing(void *arg)
{
	return arg;
}

static void refuse(unsigned error)
{
	struct sock_filter steps[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		exit(77);
}

int main(int argc, char **argv)
{
	char *words[] = {"true", NULL};
	pthread_t thread;
	pid_t pid;
	int rc;

	refuse((unsigned)atoi(argv[argc - 1]));
	pid = fork();
	if (pid == 0)
		_exit(0);
	printf("fork: %s\n", pid < 0 ? strerror(errno) : "done");
	waitpid(pid, NULL, 0);
	rc = pthread_create(&thread, NULL, nothing, NULL);
	printf("pthread_create: %s\n", rc ? strerror(rc) : "done");
	if (rc == 0)
		pthread_join(thread, NULL);
	rc = posix_spawn(&pid, "/bin/true", NULL, NULL, words, environ);
	printf("posix_spawn: %s\n", rc ? strerror(rc) : "done");
	if (rc == 0)
		waitpid(pid, NULL, 0);
	rc = system("exit 5");
	printf("system: status %d\n", rc == -1 ? -1 : WEXITSTATUS(rc));
	return 0;
}
C
for error in 1 38; do
	status=0
	"$work/refused" $error >"$work/said" || status=$?
	[ $status != 77 ] || { echo 'skipped: no filter may be set here'; exit 77; }
	sed "s/^/output: errno $error: /" "$work/said"
	case $error in
	1) expected='fork: done pthread_create: Operation not permitted posix_spawn: Operation not permitted system: status 127' ;;
	*) expected='fork: done pthread_create: done posix_spawn: done system: status 5' ;;
	esac
	same "clone3 refused with errno $error" "$expected" "$(tr '\n' ' ' <"$work/said" | sed 's/ $//')"
done
verdict
