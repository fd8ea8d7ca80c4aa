#!/bin/sh
# Guess: what posix_spawn(3) starts finds no signal ignored that its starter does not ignore (POSIX), and a
# program that wants its own child to begin as at a shell calls signal(n, SIG_DFL) for every n.
# Seen: glibc leaves the two signals of its own threads, 32 and 33, ignored in every process that
# posix_spawn() starts, and keeps both from signal() and sigaction(), which give EINVAL: so they stay ignored
# in all that follows by fork and exec, whatever the programs on the way do. GNU make starts its commands so;
# dash and Python with fork do not, and what they start under make has it from make. Only the system call
# takes it back.
# Version: glibc 2.36, GNU make 4.3.
. "${0%/*}/common.sh"
pinned libc6=2.36-9+deb12u14 make=4.3-4.1

built find <<'C'
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* By fork or by posix_spawn: grep says what is ignored in itself. `reset` is done before. */
static void starts(int spawned, int reset)
{
	static const unsigned long zero[8];
	char *args[] = {"grep", "SigIgn", "/proc/self/status", NULL};
	pid_t pid = 0;

	if (spawned && posix_spawnp(&pid, args[0], NULL, NULL, args, environ))
		_exit(1);
	if (!spawned && (pid = fork()) == 0) {
		for (int n = 1; reset == 1 && n < NSIG; n++)
			signal(n, SIG_DFL);
		for (int n = 1; reset == 2 && n < NSIG; n++)
			syscall(SYS_rt_sigaction, n, zero, NULL, (size_t)8);
		execvp(args[0], args);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (strcmp(how, "says") == 0)
		printf("%s %s\n", signal(32, SIG_DFL) == SIG_ERR && errno == EINVAL ? "EINVAL" : "taken",
		       signal(33, SIG_DFL) == SIG_ERR && errno == EINVAL ? "EINVAL" : "taken");
	else
		starts(strcmp(how, "spawn") == 0,
		       strcmp(how, "signal") == 0 ? 1 : strcmp(how, "call") == 0 ? 2 : 0);
	return 0;
}
C
# ignored COMMAND...: which signals its program finds ignored, as a mask.
ignored() {
	"$@" | awk '{print $2}'
}
printf 'all:\n\t@%s fork\nreset:\n\t@%s signal\ncall:\n\t@%s call\n' "$work/find" "$work/find" "$work/find" \
	>"$work/Makefile"
quiet() {
	ignored env -u MAKEFLAGS -u MAKELEVEL make -s -C "$work" "$1"
}
# Whoever runs this may be such a child: here nothing is ignored to begin with.
clean=$(ignored "$work/find" call)
same 'what the system call leaves' 0000000000000000 "$clean"
same 'posix_spawn' 0000000180000000 "$(ignored "$work/find" spawn)"
same 'signal() says of 32 and 33' 'EINVAL EINVAL' "$("$work/find" says)"
same 'by fork under make' 0000000180000000 "$(quiet all)"
same 'signal(n, SIG_DFL) for every n, under make' 0000000180000000 "$(quiet reset)"
same 'the system call for every n, under make' 0000000000000000 "$(quiet call)"
verdict
