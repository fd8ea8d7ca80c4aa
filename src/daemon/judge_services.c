/* A row for each key that names something outside. What a file may be used for is asked as the
 * user that the program will run as, in a child that becomes one. */
#include "daemon/judge_services.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child_wait.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "program/credentials.h"
#include "program/identity.h"

/* What execvp(3) takes where PATH is not set. */
#define PATH_UNSET "/bin:/usr/bin"
/* Of a script's first line the kernel reads no more (execve(2)). */
#define SCRIPT_LINE 256
/* How much of a culprit an error repeats. */
#define SHOWN 80

/* In a child: access(2) as that user. Its exit status is errno. */
_Noreturn static void try_as(const struct identity *who, const char *path, int mode)
{
	_exit(identity_take(who) || access(path, mode) ? errno & 0xff : 0);
}

/* 0, or errno. */
static int try_access(const struct identity *who, const char *path, int mode)
{
	int status = -1;
	pid_t pid;

	if (!who->change)
		return access(path, mode) ? errno : 0;
	child_wait_begin();
	pid = fork();
	if (pid == 0)
		try_as(who, path, mode);
	child_wait_made(pid);
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	child_wait_over(pid);
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

static int judge_file(const struct identity *who, const char *path, struct error *err)
{
	cleanup_free char *interpreter = NULL;
	cleanup_free char *shown = NULL;
	struct stat st;
	int number;

	if (stat(path, &st))
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INTERNAL, "%s is no program", path);
	number = try_access(who, path, X_OK);
	if (number)
		return error_set(err, ERR_INTERNAL, "%s cannot be executed%s%s: %s", path,
		                 *who->name ? " by " : "", who->name, strerror(number));
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
static int judge_name(const struct identity *who, const char *name, struct error *err)
{
	const char *path = getenv("PATH");
	const char *rest = path ? path : PATH_UNSET;
	struct error forbidden = {0};

	for (;;) {
		size_t n = strcspn(rest, ":");
		cleanup_free char *file = mem_format("%.*s%s%s", (int)n, rest, n ? "/" : "", name);
		if (access(file, F_OK) == 0) {
			if (judge_file(who, file, err) == 0)
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

/* own: what this process may. */
static void judge_user(const struct declaration *d, const struct confinement *own,
                       struct identity *who, struct mistakes *found)
{
	const struct program_spec *s = &d->spec;
	struct error err;
	const struct {
		const char *key;
		const char *text;
		int (*find)(const char *text, struct identity *who, struct error *err);
	} rows[] = {{"user", s->user, identity_user}, {"group", s->group, identity_group}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *origin = declare_origin(d, rows[i].key);
		if (!rows[i].text)
			continue;
		if (rows[i].find(rows[i].text, who, &err))
			mistakes_add(found, "%s: service %s: %s", origin, d->name, err.text);
	}
	who->change = who->change && own->users;
}

static void judge_command(const struct declaration *d, const struct identity *who,
                          struct mistakes *found)
{
	const char *program = d->spec.command ? d->spec.command[0] : NULL;
	struct error err;

	if (program &&
	    (*program == '/' ? judge_file(who, program, &err) : judge_name(who, program, &err)))
		mistakes_add(found, "%s: service %s: command: %s", declare_origin(d, "command"),
		             d->name, err.text);
}

static void judge_directory(const struct declaration *d, const struct identity *who,
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
		number = try_access(who, path, X_OK);
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

static void judge_credentials(const struct declaration *d, struct mistakes *found)
{
	for (size_t i = 0; d->spec.credentials && d->spec.credentials[i]; i++) {
		struct error err;
		int fd = credential_open(d->spec.credentials[i], &err);
		if (fd < 0)
			mistakes_add(found, "%s: service %s: %s",
			             declare_origin_of(d, "credential", d->spec.credentials[i]),
			             d->name, err.text);
		else
			close(fd);
	}
}

void judge_services(const struct declarations *d, const struct confinement *c,
                    struct mistakes *found)
{
	struct confinement own;

	confinement_of_process(&own);
	for (size_t i = 0; i < d->count; i++) {
		struct identity who = {.change = false};
		judge_user(d->items[i], &own, &who, found);
		confinement_judge_service(c, d->items[i], found);
		judge_command(d->items[i], &who, found);
		judge_directory(d->items[i], &who, found);
		judge_environment(d->items[i], found);
		judge_credentials(d->items[i], found);
	}
}

void judge_services_warn(const struct declarations *d)
{
	struct mistakes found = {0};
	struct confinement own;

	confinement_of_process(&own);
	judge_services(d, &own, &found);
	for (size_t i = 0; i < found.count; i++)
		log_warn("config", "%s", found.texts[i]);
	mistakes_free(&found);
}
