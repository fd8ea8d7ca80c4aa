/* fork and exec. Owns nothing. */
#include "program/spawn.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/inherit.h"
#include "base/mem.h"

#define GROUPS_MAX     256
#define STATUS_NO_EXEC 127

/* Who it is to be. */
struct spawn_identity {
	bool change;
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int count;
};

static int find_user(const char *name, struct spawn_identity *who, struct error *err)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char text[4096];

	if (getpwnam_r(name, &entry, text, sizeof text, &found) || !found)
		return error_set(err, ERR_SERVICE, "there is no user %s", name);
	who->change = true;
	who->uid = entry.pw_uid;
	who->gid = entry.pw_gid;
	who->count = GROUPS_MAX;
	if (getgrouplist(name, who->gid, who->groups, &who->count) < 0)
		return error_set(err, ERR_SERVICE, "user %s has more than %d groups", name,
		                 GROUPS_MAX);
	return 0;
}

static int find_group(const char *name, struct spawn_identity *who, struct error *err)
{
	struct group entry;
	struct group *found = NULL;
	char text[4096];

	if (getgrnam_r(name, &entry, text, sizeof text, &found) || !found)
		return error_set(err, ERR_SERVICE, "there is no group %s", name);
	if (!who->change) {
		who->uid = geteuid();
		who->count = 0;
	}
	who->change = true;
	who->gid = entry.gr_gid;
	return 0;
}

static int find_identity(const struct program_spec *spec, struct spawn_identity *who,
                         struct error *err)
{
	who->change = false;
	if (spec->user && find_user(spec->user, who, err))
		return -1;
	return spec->group ? find_group(spec->group, who, err) : 0;
}

static void say(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));

	(void)written;
}

/* In the child: the last that it does. */
static _Noreturn void give_up(const char *what, const char *name)
{
	const char *why = strerrordesc_np(errno);

	say(what);
	say(" ");
	say(name);
	say(": ");
	say(why ? why : "unknown error");
	say("\n");
	_exit(STATUS_NO_EXEC);
}

static void limit(__rlimit_resource_t resource, int64_t value, const char *name)
{
	const struct rlimit both = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};

	if (value >= 0 && setrlimit(resource, &both))
		give_up("cannot set", name);
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
		give_up("cannot set", "nice");
	if (spec->umask >= 0)
		umask((mode_t)spec->umask);
}

/* The system calls themselves: those of the C library change all threads of the process, and these
 * are known to a library that has none here. */
static void set_identity(const struct spawn_identity *who)
{
	if (!who->change)
		return;
	if (syscall(SYS_setgroups, (size_t)who->count, who->groups) ||
	    syscall(SYS_setresgid, who->gid, who->gid, who->gid) ||
	    syscall(SYS_setresuid, who->uid, who->uid, who->uid))
		give_up("cannot become", "the user of the service");
}

static void set_streams(const struct spawn_plan *plan)
{
	if (dup2(plan->input, STDIN_FILENO) < 0 || dup2(plan->output, STDOUT_FILENO) < 0)
		give_up("cannot set", "the standard streams");
	inherit_close(STDERR_FILENO + 1);
	if (plan->terminal)
		ioctl(STDOUT_FILENO, TIOCSCTTY, 0);
}

/* Between fork and exec: nothing that is not async-signal-safe. All signals are blocked until none
 * has a handler of ours. */
static _Noreturn void become(const struct spawn_plan *plan, const struct spawn_identity *who,
                             pid_t parent)
{
	sigset_t none;

	setsid();
	if (dup2(plan->error, STDERR_FILENO) < 0)
		_exit(STATUS_NO_EXEC);
	set_streams(plan);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	set_limits(plan->spec);
	set_identity(who);
	/* A change of user takes it back. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_NO_EXEC);
	if (plan->spec->directory && chdir(plan->spec->directory))
		give_up("cannot change to", plan->spec->directory);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(plan->argv[0], plan->argv, plan->environment);
	give_up("cannot run", plan->argv[0]);
}

pid_t spawn_start(const struct spawn_plan *plan, struct error *err)
{
	struct spawn_identity who;
	sigset_t all;
	sigset_t before;
	pid_t self = getpid();
	pid_t pid;

	if (find_identity(plan->spec, &who, err))
		return -1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become(plan, &who, self);
	if (pid < 0)
		error_set(err, ERR_LIMIT, "cannot start %s: %s", plan->argv[0], strerror(errno));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}
