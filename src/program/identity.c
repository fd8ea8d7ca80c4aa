/* Owns nothing. */
#include "program/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

/* Others may pass a directory, and not see what is in it. */
#define MODE_PASS 0711

int identity_user(const char *name, struct identity *who, struct error *err)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char text[4096];
	int64_t number;

	if (parse_range(name, strlen(name), "user", 0, UINT32_MAX - 1, &number, NULL) == 0)
		getpwuid_r((uid_t)number, &entry, text, sizeof text, &found);
	else
		getpwnam_r(name, &entry, text, sizeof text, &found);
	if (!found)
		return error_set(err, ERR_SERVICE, "there is no user '%s'", name);
	who->change = true;
	snprintf(who->name, sizeof who->name, "%s", entry.pw_name);
	who->uid = entry.pw_uid;
	who->gid = entry.pw_gid;
	who->count = IDENTITY_GROUPS;
	if (getgrouplist(entry.pw_name, who->gid, who->groups, &who->count) < 0)
		return error_set(err, ERR_SERVICE, "user %s has more than %d groups", name,
		                 IDENTITY_GROUPS);
	return 0;
}

int identity_group(const char *name, struct identity *who, struct error *err)
{
	struct group entry;
	struct group *found = NULL;
	char text[4096];
	int64_t number;

	if (parse_range(name, strlen(name), "group", 0, UINT32_MAX - 1, &number, NULL) == 0)
		getgrgid_r((gid_t)number, &entry, text, sizeof text, &found);
	else
		getgrnam_r(name, &entry, text, sizeof text, &found);
	if (!found)
		return error_set(err, ERR_SERVICE, "there is no group '%s'", name);
	if (!who->change) {
		who->uid = geteuid();
		who->count = 0;
	}
	who->change = true;
	who->gid = entry.gr_gid;
	return 0;
}

int identity_find(const struct program_spec *spec, struct identity *who, struct error *err)
{
	*who = (struct identity){.change = false};
	if (spec->user && identity_user(spec->user, who, err))
		return -1;
	return spec->group ? identity_group(spec->group, who, err) : 0;
}

/* The system calls themselves: those of the C library change all threads that it knows of, and of
 * these there is none in this process. */
int identity_take(const struct identity *who)
{
	if (!who->change)
		return 0;
	if (syscall(SYS_setgroups, (size_t)who->count, who->groups) ||
	    syscall(SYS_setresgid, who->gid, who->gid, who->gid) ||
	    syscall(SYS_setresuid, who->uid, who->uid, who->uid))
		return -1;
	return 0;
}

static int identity_let_pass(int fd, const char *above)
{
	cleanup_close int dir = openat(fd, above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? -1 : fchmod(dir, MODE_PASS);
}

int identity_home(const struct identity *who, const char *path, struct error *err)
{
	cleanup_close int fd = -1;

	if (!path)
		return 0;
	if (mkdir(path, 0700) && errno != EEXIST)
		return error_set(err, ERR_SERVICE, "cannot make %s: %s", path, strerror(errno));
	if (!who->change)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, who->uid, who->gid) || identity_let_pass(fd, "..") ||
	    identity_let_pass(fd, "../.."))
		return error_set(err, ERR_SERVICE, "cannot give %s to user %u: %s", path,
		                 (unsigned)who->uid, strerror(errno));
	return 0;
}
