/*
 * vfork and exec: this process waits until the program's file is being read, as with
 * posix_spawn(3), and its memory is not copied, which costs more than all else. Owns the list of
 * signals that a program must not inherit as they are here. Invariant: no handler of a signal is
 * set after the first program was started; one that is would run in the child.
 */
#include "program/spawn.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/control_group.h"
#include "base/descendants.h"
#include "base/inherit.h"
#include "base/mem.h"
#include "program/identity.h"

#define STATUS_NO_EXEC 127

/* What programs do not get, of what this process has: a bit each. It does not change. */
static struct {
	bool known;
	uint64_t signals;      /* from 1 on, in bit 0: without their default action */
	uint64_t capabilities; /* of spawn_own, by place */
} spawn_kept;

static void spawn_say(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));

	(void)written;
}

/* What a worker may have been given to start programs as other users (capabilities(7)). No program
 * gets it. A privilege that programs are to have, as for ports below 1024, stays. */
static const unsigned long spawn_own[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER,
                                          CAP_KILL,  CAP_SETGID,       CAP_SETUID};

static void spawn_look(void)
{
	if (spawn_kept.known)
		return;
	spawn_kept.known = true;
	spawn_kept.signals = inherit_other_signals();
	for (size_t i = 0; i < ARRAY_SIZE(spawn_own); i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, spawn_own[i], 0UL, 0UL))
			spawn_kept.capabilities |= UINT64_C(1) << i;
}

static void spawn_lower_capabilities(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(spawn_own); i++)
		if (spawn_kept.capabilities & UINT64_C(1) << i)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, spawn_own[i], 0UL, 0UL);
}

/* In the child: the last that it does. */
static _Noreturn void spawn_give_up(const char *what, const char *name)
{
	const char *why = strerrordesc_np(errno);

	spawn_say(what);
	spawn_say(" ");
	spawn_say(name);
	spawn_say(": ");
	spawn_say(why ? why : "unknown error");
	spawn_say("\n");
	_exit(STATUS_NO_EXEC);
}

static void limit(__rlimit_resource_t resource, int64_t value, const char *name)
{
	const struct rlimit both = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};

	if (value >= 0 && setrlimit(resource, &both))
		spawn_give_up("cannot set", name);
}

/* The worker has raised its own to the hard limit. */
static void limit_files(int64_t value)
{
	struct rlimit files;

	if (value >= 0) {
		limit(RLIMIT_NOFILE, value, "limit-files");
	} else if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > SPAWN_FILES) {
		files.rlim_cur = SPAWN_FILES;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static void set_limits(const struct program_spec *spec)
{
	limit_files(spec->limit_files);
	limit(RLIMIT_AS, spec->limit_memory, "limit-memory");
	limit(RLIMIT_CORE, spec->limit_core, "limit-core");
	if (spec->nice != INT64_MAX && setpriority(PRIO_PROCESS, 0, (int)spec->nice))
		spawn_give_up("cannot set", "nice");
	if (spec->umask >= 0)
		umask((mode_t)spec->umask);
}

static void set_streams(const struct spawn_plan *plan)
{
	if (dup2(plan->input, STDIN_FILENO) < 0 || dup2(plan->output, STDOUT_FILENO) < 0)
		spawn_give_up("cannot set", "the standard streams");
	inherit_close(STDERR_FILENO + 1);
	if (plan->terminal)
		ioctl(STDOUT_FILENO, TIOCSCTTY, 0);
}

/* Between vfork and exec: in this process's memory, so nothing is changed in it, and nothing called
 * that is not async-signal-safe. All signals are blocked until none has a handler of ours. */
static _Noreturn void spawn_become(const struct spawn_plan *plan, const struct identity *who,
                                   pid_t parent, pid_t dtreed)
{
	sigset_t none;

	setsid();
	descendants_mark(dtreed);
	if (plan->door >= 0)
		control_group_enter(plan->door);
	if (dup2(plan->error, STDERR_FILENO) < 0)
		_exit(STATUS_NO_EXEC);
	set_streams(plan);
	inherit_default_some(spawn_kept.signals);
	set_limits(plan->spec);
	if (identity_take(who))
		spawn_give_up("cannot become", "the user of the service");
	spawn_lower_capabilities();
	/* A change of user takes it back. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_NO_EXEC);
	if (plan->spec->directory && chdir(plan->spec->directory))
		spawn_give_up("cannot change to", plan->spec->directory);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(plan->argv[0], plan->argv, plan->environment);
	spawn_give_up("cannot run", plan->argv[0]);
}

/* Has a frame of its own: what the child leaves in it is nobody's. */
static __attribute__((noinline)) pid_t
spawn_vfork(const struct spawn_plan *plan, const struct identity *who, pid_t self, pid_t dtreed)
{
	pid_t pid = vfork();

	if (pid == 0)
		spawn_become(plan, who, self, dtreed);
	return pid;
}

pid_t spawn_start(const struct spawn_plan *plan, struct error *err)
{
	struct identity who;
	sigset_t all;
	sigset_t before;
	pid_t self = getpid();
	pid_t dtreed = getppid();
	pid_t pid;

	if (identity_find(plan->spec, &who, err) || identity_home(&who, plan->home, err))
		return -1;
	spawn_look();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = spawn_vfork(plan, &who, self, dtreed);
	if (pid < 0)
		error_set(err, ERR_LIMIT, "cannot start %s: %s", plan->argv[0], strerror(errno));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}
