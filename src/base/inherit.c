/* The table of signals, and the rest one by one. Nothing is kept. */
#include "base/inherit.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"

/* The kernel's own default (PR_SET_TIMERSLACK in prctl(2)). */
#define TIMER_SLACK_NS 50000UL

enum disposition {
	AS_IT_IS,
	DEFAULT,
	IGNORED,
};

struct disposition_row {
	int signal;
	enum disposition of[INHERIT_COMMAND + 1]; /* by role */
};

/* Signals that are not here have their default everywhere. */
static const struct disposition_row rows[] = {
    /* nohup(1) ignores SIGHUP for the program that it starts. */
    {SIGHUP, {AS_IT_IS, IGNORED, AS_IT_IS}},
    /* A shell ignores these two for programs that it starts in the background (sh(1p), "&"). A
     * daemon must be stoppable however it was started. */
    {SIGINT, {DEFAULT, IGNORED, AS_IT_IS}},
    {SIGQUIT, {DEFAULT, DEFAULT, AS_IT_IS}},
    /* A signal to the whole process group is for dtreed, which ends its nodes in order. */
    {SIGTERM, {DEFAULT, IGNORED, DEFAULT}},
    /* The only children of a command are those that it gets as process 1 of a container: the kernel
     * reaps them (wait(2)). Code that waits for a child of its own sets this back
     * (ctl/private.c). */
    {SIGCHLD, {DEFAULT, DEFAULT, IGNORED}},
    /* The write fails with EPIPE instead. */
    {SIGPIPE, {IGNORED, IGNORED, IGNORED}},
    {SIGXFSZ, {IGNORED, IGNORED, IGNORED}},
};

static enum disposition disposition_of(int signal, enum inherit_role role)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].signal == signal)
			return rows[i].of[role];
	return DEFAULT;
}

static bool ends_a_program(int number)
{
	return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM;
}

/* Room for the kernel's struct sigaction. All zero is SIG_DFL, without flags and with no signal in
 * its mask. */
struct kernel_action {
	unsigned long words[8];
};

static const struct kernel_action by_default;

static long inherit_action(int number, const struct kernel_action *action,
                           struct kernel_action *former)
{
	return syscall(SYS_rt_sigaction, number, action, former, (size_t)(NSIG - 1) / 8);
}

static void set_disposition(int number, enum inherit_role role)
{
	switch (disposition_of(number, role)) {
	case AS_IT_IS:
		break;
	case DEFAULT:
		/* An ignored signal is not pending any more (sigaction(3p)). */
		if (!ends_a_program(number))
			signal(number, SIG_IGN);
		/* signal() would leave flags and a mask: inherit_other_signals() looks for none. */
		inherit_action(number, &by_default, NULL);
		break;
	case IGNORED:
		signal(number, SIG_IGN);
		break;
	}
}

static void stop_timers(void)
{
	static const int clocks[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
	static const struct itimerval never;

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++)
		setitimer((__itimer_which_t)clocks[i], &never, NULL);
}

void inherit_reset(enum inherit_role role)
{
	sigset_t none;

	stop_timers();
	for (int number = 1; number < NSIG; number++)
		set_disposition(number, role);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A larger slack may delay timers by seconds, which is longer than a heartbeat's
	 * patience. */
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0UL, 0UL, 0UL);
	if (role != INHERIT_COMMAND)
		umask(0077);
}

void inherit_default_signals(void)
{
	inherit_default_some(UINT64_MAX);
}

uint64_t inherit_other_signals(void)
{
	struct kernel_action action = by_default;
	uint64_t others = 0;

	for (int number = 1; number < NSIG; number++)
		if (inherit_action(number, NULL, &action) ||
		    memcmp(&action, &by_default, sizeof action) != 0)
			others |= UINT64_C(1) << (number - 1);
	return others;
}

void inherit_default_some(uint64_t others)
{
	for (int number = 1; number < NSIG; number++)
		if (others & UINT64_C(1) << (number - 1))
			inherit_action(number, &by_default, NULL);
}

void inherit_close(int first)
{
	close_range((unsigned)first, ~0U, 0);
}

void inherit_clean_environment(void)
{
	static const char *const names[] = {
	    "NOTIFY_SOCKET",  "WATCHDOG_PID",   "WATCHDOG_USEC", "LISTEN_PID",  "LISTEN_FDS",
	    "LISTEN_FDNAMES", "JOURNAL_STREAM", "FDSTORE",       "TRACEPARENT", "TRACESTATE",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
}
