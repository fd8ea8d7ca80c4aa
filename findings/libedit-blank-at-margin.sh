#!/bin/sh
# Guess: a line that is longer than the screen is one line for the terminal, as libedit writes over
# the margin and lets the terminal wrap: a terminal that breaks lines anew when its width changes
# finds it, and what is copied from the screen is what was typed.
# Seen: so it is while it is typed. When libedit draws it again (Ctrl-L, or EL_REFRESH after other
# output), a row whose last column is a blank is written without that blank and ended by CR and LF. For
# the terminal the line ends there: another width breaks it in two, and a copy has a line end in place
# of the blank. A program that counts rows to erase the line after another width counts wrong.
# Version: libedit 3.1-20221030.
. "${0%/*}/common.sh"
pinned libedit2=3.1-20221030-2 libedit-dev=3.1-20221030-2

built typed -ledit -lutil <<'C'
#include <histedit.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *prompt(EditLine *el)
{
	static char text[] = "> ";

	(void)el;
	return text;
}

static void edit(void)
{
	EditLine *el = el_init("typed", stdin, stdout, stderr);
	int n;

	setenv("TERM", "xterm", 1);
	el_set(el, EL_PROMPT, prompt);
	el_set(el, EL_EDITOR, "emacs");
	el_gets(el, &n);
	_exit(0);
}

/* All that comes until it is quiet. */
static const char *heard(int fd)
{
	static char text[65536];
	size_t used = 0;
	struct pollfd pfd = {fd, POLLIN, 0};

	while (poll(&pfd, 1, 500) > 0) {
		ssize_t n = read(fd, text + used, sizeof text - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	return text;
}

static const char *wrap(const char *text)
{
	if (strstr(text, "bbb\r\nccc"))
		return "line feed, blank lost";
	if (strstr(text, "bbb ") && strstr(text, "ccc"))
		return "margin";
	return "something else";
}

/* "> " and these are two rows of 20: the second begins with ccc. */
int main(void)
{
	struct winsize size = {24, 20, 0, 0};
	int fd;
	pid_t pid;

	setenv("TERM", "xterm", 1);
	pid = forkpty(&fd, NULL, NULL, &size);
	if (pid < 0)
		return 1;
	if (pid == 0)
		edit();
	heard(fd);
	write(fd, "aaaaaaaaaaaaaabbb cccccccc", 26);
	printf("typed: %s; ", wrap(heard(fd)));
	write(fd, "\x0c", 1);
	printf("drawn again: %s\n", wrap(heard(fd)));
	write(fd, "\n", 1);
	heard(fd);
	waitpid(pid, NULL, 0);
	return 0;
}
C
said=$("$work/typed")
echo "output: $said"
same 'a row that ends in a blank' 'typed: margin; drawn again: line feed, blank lost' "$said"
verdict
