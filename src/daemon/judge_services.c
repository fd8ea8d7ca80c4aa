/* A row for each key that names something outside. What a file may be used for is asked as the
 * user that the program will run as, in a child that becomes one. */
#include "daemon/judge_services.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"

/* What execvp(3) takes where PATH is not set. */
#define PATH_UNSET "/bin:/usr/bin"
/* Of a script's first line the kernel reads no more (execve(2)). */
#define SCRIPT_LINE 256
/* How much of a culprit an error repeats. */
#define SHOWN 80

/* Whom the program runs as. */
struct runner {
	bool other; /* than this process */
	uid_t uid;
	gid_t gid;
	char *name; /* of the user, whose groups count; NULL: this process's */
};

/* A number of an account, or false. */
static bool account_number(const char *text, id_t *id)
{
	int64_t number;

	/* The last one means "none" to the kernel. */
	if (parse_range(text, strlen(text), "", 0, UINT32_MAX - 1, &number, NULL))
		return false;
	*id = (id_t)number;
	return true;
}

static int runner_find_user(const char *text, struct runner *runner)
{
	id_t number;
	const struct passwd *user =
	    account_number(text, &number) ? getpwuid(number) : getpwnam(text);

	if (!user)
		return -1;
	runner->uid = user->pw_uid;
	runner->gid = user->pw_gid;
	runner->name = mem_string(user->pw_name);
	return 0;
}

static int runner_find_group(const char *text, struct runner *runner)
{
	id_t number;
	const struct group *group =
	    account_number(text, &number) ? getgrgid(number) : getgrnam(text);

	if (!group)
		return -1;
	runner->gid = group->gr_gid;
	return 0;
}

/* In a child: access(2) as that user. Its exit status is errno. */
_Noreturn static void try_as(const struct runner *runner, const char *path, int mode)
{
	int rc = runner->name ? initgroups(runner->name, runner->gid) : setgroups(0, NULL);

	if (rc || setresgid(runner->gid, runner->gid, runner->gid) ||
	    setresuid(runner->uid, runner->uid, runner->uid) || access(path, mode))
		_exit(errno & 0xff);
	_exit(0);
}

/* 0, or errno. */
static int try_access(const struct runner *runner, const char *path, int mode)
{
	int status;
	pid_t pid;

	if (!runner->other)
		return access(path, mode) ? errno : 0;
	pid = fork();
	if (pid == 0)
		try_as(runner, path, mode);
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

/* The program that a script begins with, or NULL. New memory. */
static char *script_interpreter(const char *path)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char line[SCRIPT_LINE + 1] = "";
	ssize_t n = fd < 0 ? -1 : read(fd, line, SCRIPT_LINE);
	char *at = line + 2;

	if (n < 2 || strncmp(line, "#!", 2) != 0)
		return NULL;
	at += strspn(at, " \t");
	return mem_copy(at, strcspn(at, " \t\n"));
}

static int judge_file(const struct runner *runner, const char *path, struct error *err)
{
	cleanup_free char *interpreter = NULL;
	cleanup_free char *shown = NULL;
	struct stat st;
	int number;

	if (stat(path, &st))
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INTERNAL, "%s is no program", path);
	number = try_access(runner, path, X_OK);
	if (number)
		return error_set(err, ERR_INTERNAL, "%s cannot be executed%s%s: %s", path,
		                 runner->name ? " by " : "", runner->name ? runner->name : "",
		                 strerror(number));
	interpreter = script_interpreter(path);
	if (!interpreter || access(interpreter, X_OK) == 0)
		return 0;
	number = errno;
	shown = parse_printable(interpreter, strlen(interpreter), SHOWN);
	return error_set(err, ERR_INTERNAL, "%s is a script for '%s': %s", path, shown,
	                 strerror(number));
}

/* As execvp(3) looks for it: what may not be executed is passed over, and told if there is no
 * other. */
static int judge_name(const struct runner *runner, const char *name, struct error *err)
{
	const char *path = getenv("PATH");
	const char *rest = path ? path : PATH_UNSET;
	struct error forbidden = {0};

	for (;;) {
		size_t n = strcspn(rest, ":");
		cleanup_free char *file = mem_format("%.*s%s%s", (int)n, rest, n ? "/" : "", name);
		if (access(file, F_OK) == 0) {
			if (judge_file(runner, file, err) == 0)
				return 0;
			forbidden = forbidden.code ? forbidden : *err;
		}
		if (!rest[n])
			break;
		rest += n + 1;
	}
	if (forbidden.code) {
		*err = forbidden;
		return -1;
	}
	return error_set(err, ERR_INTERNAL, "there is no program '%s' in PATH, which is %s", name,
	                 path ? path : PATH_UNSET);
}

static void judge_user(const struct declaration *d, struct runner *runner, struct mistakes *found)
{
	const struct program_spec *s = &d->spec;
	bool root = geteuid() == 0;
	const struct {
		const char *key;
		const char *text;
		int (*find)(const char *text, struct runner *runner);
	} rows[] = {{"user", s->user, runner_find_user}, {"group", s->group, runner_find_group}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *origin = declare_origin(d, rows[i].key);
		if (!rows[i].text)
			continue;
		if (rows[i].find(rows[i].text, runner))
			mistakes_add(found, "%s: service %s: there is no %s '%s'", origin, d->name,
			             rows[i].key, rows[i].text);
		else if (!root)
			mistakes_add(found, "%s: service %s: only root can start a program with %s",
			             origin, d->name, rows[i].key);
		else
			runner->other = true;
	}
}

static void judge_command(const struct declaration *d, const struct runner *runner,
                          struct mistakes *found)
{
	const char *program = d->spec.command ? d->spec.command[0] : NULL;
	struct error err;

	if (program && (*program == '/' ? judge_file(runner, program, &err)
	                                : judge_name(runner, program, &err)))
		mistakes_add(found, "%s: service %s: command: %s", declare_origin(d, "command"),
		             d->name, err.text);
}

static void judge_directory(const struct declaration *d, const struct runner *runner,
                            struct mistakes *found)
{
	const char *path = d->spec.directory;
	struct stat st;
	int number = 0;

	if (!path)
		return;
	if (stat(path, &st))
		number = errno;
	else if (!S_ISDIR(st.st_mode))
		number = ENOTDIR;
	else
		number = try_access(runner, path, X_OK);
	if (number)
		mistakes_add(found, "%s: service %s: directory %s: %s",
		             declare_origin(d, "directory"), d->name, path, strerror(number));
}

/* The worker reads them, as the user that dtreed runs as. */
static void judge_environment(const struct declaration *d, struct mistakes *found)
{
	for (size_t i = 0; d->spec.environment_files && d->spec.environment_files[i]; i++) {
		const char *path = d->spec.environment_files[i];
		struct stat st;
		int number = 0;

		if (access(path, R_OK) || stat(path, &st))
			number = errno;
		else if (S_ISDIR(st.st_mode))
			number = EISDIR;
		if (number)
			mistakes_add(found, "%s: service %s: environment-file %s: %s",
			             declare_origin_of(d, "environment-file", path), d->name, path,
			             strerror(number));
	}
}

void judge_services(const struct declarations *d, struct mistakes *found)
{
	for (size_t i = 0; i < d->count; i++) {
		struct runner runner = {.uid = geteuid(), .gid = getegid()};
		judge_user(d->items[i], &runner, found);
		judge_command(d->items[i], &runner, found);
		judge_directory(d->items[i], &runner, found);
		judge_environment(d->items[i], found);
		free(runner.name);
	}
}

void judge_services_warn(const struct declarations *d)
{
	struct mistakes found = {0};

	judge_services(d, &found);
	for (size_t i = 0; i < found.count; i++)
		log_warn("config", "%s", found.texts[i]);
	mistakes_free(&found);
}
