/* Owns nothing. */
#include "program/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"
#include "program/identity.h"

#define MODE_ALONE 0700
/* Others may pass a directory, and not see what is in it. */
#define MODE_PASS 0011
/* What the user has. */
#define MODE_DIR  0500
#define MODE_FILE 0400

const char *credential_path(const char *credential)
{
	return strchr(credential, ':') + 1;
}

int credential_open(const char *credential, struct error *err)
{
	const char *path = credential_path(credential);
	/* What is no file must not be waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return error_set(err, ERR_SERVICE, "credential %s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		error_set(err, ERR_SERVICE, "credential %s is no file", path);
	else if ((size_t)st.st_size > CREDENTIAL_MAX)
		error_set(err, ERR_SERVICE,
		          "credential %s has %lld bytes; at most %zu are possible", path,
		          (long long)st.st_size, CREDENTIAL_MAX);
	else
		return fd;
	close(fd);
	return -1;
}

static int write_whole(int to, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(to, bytes, size);
		if (n < 0)
			return -1;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* It may have grown since it was looked at. */
static int credential_fill(int from, int to)
{
	char bytes[16384];
	size_t size = 0;
	ssize_t n;

	while ((n = read(from, bytes, sizeof bytes)) > 0) {
		size += (size_t)n;
		if (size > CREDENTIAL_MAX) {
			errno = EFBIG;
			return -1;
		}
		if (write_whole(to, bytes, (size_t)n))
			return -1;
	}
	return n < 0 ? -1 : 0;
}

static int credential_copy(int dir, const char *credential, const struct identity *who,
                           struct error *err)
{
	cleanup_free char *name = mem_copy(credential, strcspn(credential, ":"));
	cleanup_close int from = credential_open(credential, err);
	cleanup_close int to = -1;

	if (from < 0)
		return -1;
	to = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE_FILE);
	if (to >= 0 && credential_fill(from, to) == 0 &&
	    (!who->change || fchown(to, who->uid, who->gid) == 0))
		return 0;
	return error_set(err, ERR_SERVICE, "credential %s cannot be copied: %s", name,
	                 strerror(errno));
}

/* Is there then; others may pass it where another user must. */
static int pass_through(const char *path, bool make, const struct identity *who)
{
	cleanup_close int fd = -1;
	struct stat st;

	if (make && mkdir(path, MODE_ALONE) && errno != EEXIST)
		return -1;
	if (!who->change)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return -1;
	return fchmod(fd, (st.st_mode & 07777) | MODE_PASS);
}

/* The way to it: the directories of the tree, of this life of the node, of the process. */
static int credentials_directory(const char *dir, const struct identity *who)
{
	cleanup_free char *life = mem_copy(dir, (size_t)(strrchr(dir, '/') - dir));
	cleanup_free char *all = mem_copy(life, (size_t)(strrchr(life, '/') - life));
	cleanup_free char *runtime = mem_copy(all, (size_t)(strrchr(all, '/') - all));

	if (pass_through(runtime, false, who) || pass_through(all, true, who) ||
	    pass_through(life, true, who) || mkdir(dir, MODE_ALONE))
		return -1;
	return open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int credentials_copy(const char *dir, const struct program_spec *spec,
                            const struct identity *who, struct error *err)
{
	cleanup_close int fd = credentials_directory(dir, who);

	if (fd < 0)
		return error_set(err, ERR_SERVICE, "cannot make %s: %s", dir, strerror(errno));
	for (size_t i = 0; spec->credentials[i]; i++)
		if (credential_copy(fd, spec->credentials[i], who, err))
			return -1;
	if (fchmod(fd, MODE_DIR) || (who->change && fchown(fd, who->uid, who->gid)))
		return error_set(err, ERR_SERVICE, "cannot give %s to its user: %s", dir,
		                 strerror(errno));
	return 0;
}

int credentials_make(const char *dir, const struct program_spec *spec, struct error *err)
{
	struct identity who;

	if (identity_find(spec, &who, err))
		return -1;
	if (credentials_copy(dir, spec, &who, err) == 0)
		return 0;
	remove_all(dir, NULL);
	return -1;
}
