#!/bin/sh
# Guess: a library that a program is linked with and does not call costs its start next to nothing:
# it is in the page cache and bound lazily.
# Seen: libedit brings libbsd, libmd and libtinfo, and an empty program with it takes half as much
# CPU time again, and more, from fork to exit: mapping and relocating four libraries is most of what a small
# command costs. A command line tool with one interactive command among many starts faster as two
# programs, of which the small one becomes the other by exec.
# Version: libedit 3.1-20221030, glibc 2.36.
. "${0%/*}/common.sh"
pinned libedit2=3.1-20221030-2 libedit-dev=3.1-20221030-2 libc6=2.36-9+deb12u14

echo 'int main(void) { return 0; }' | built bare
echo 'int main(void) { return 0; }' | built linked -Wl,--no-as-needed -ledit
built measure <<'C'
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

/* Microseconds of CPU for each of 200 runs, the two in turn. */
int main(int argc, char **argv)
{
	double used[2] = {0, 0};
	struct rusage before;
	struct rusage after;
	pid_t pid;

	for (int i = 0; i < 400; i++) {
		char *words[] = {argv[1 + i % 2], NULL};

		getrusage(RUSAGE_CHILDREN, &before);
		if (argc != 3 || posix_spawn(&pid, words[0], NULL, NULL, words, environ))
			return 1;
		waitpid(pid, NULL, 0);
		getrusage(RUSAGE_CHILDREN, &after);
		used[i % 2] += 1e6 * (after.ru_utime.tv_sec - before.ru_utime.tv_sec +
		                      after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
		               after.ru_utime.tv_usec - before.ru_utime.tv_usec +
		               after.ru_stime.tv_usec - before.ru_stime.tv_usec;
	}
	printf("%.0f %.0f %.2f\n", used[0] / 200, used[1] / 200, used[1] / used[0]);
	return 0;
}
C
said=$("$work/measure" "$work/bare" "$work/linked")
echo "output: us of CPU without it, with it, ratio: $said"
same 'the ratio is' '1.3 or more' "$(echo "$said" | awk '{ print ($3 >= 1.3 ? "1.3 or more" : $3) }')"
verdict
