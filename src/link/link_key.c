/* Owns nothing. The file has two lines: the public key, the secret one. */
#include "link/link_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "base/mem.h"

#define FILE_SIZE ((size_t)2 * LINK_KEY_TEXT)

int link_key_make(struct link_key *key, struct error *err)
{
	if (zmq_curve_keypair(key->shown, key->secret))
		return error_set(err, ERR_INTERNAL, "no key for the links: %s",
		                 zmq_strerror(zmq_errno()));
	return 0;
}

static bool link_key_put(const char *path, const char *text)
{
	cleanup_close int fd = -1;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	return fd >= 0 && write(fd, text, FILE_SIZE) == (ssize_t)FILE_SIZE;
}

int link_key_write(const char *path, const struct link_key *key, struct error *err)
{
	cleanup_free char *made = mem_format("%s.new", path);
	char text[FILE_SIZE + 1];
	bool good;

	snprintf(text, sizeof text, "%s\n%s\n", key->shown, key->secret);
	good = link_key_put(made, text) && rename(made, path) == 0;
	if (!good)
		error_set(err, ERR_INTERNAL, "cannot write %s: %s", path, strerror(errno));
	if (!good)
		unlink(made);
	explicit_bzero(text, sizeof text);
	return good ? 0 : -1;
}

/* The public key follows from the secret one, so that a changed file is known. */
static bool link_key_parse(char *text, struct link_key *key)
{
	char follows[LINK_KEY_TEXT];

	if (text[LINK_KEY_TEXT - 1] != '\n' || text[FILE_SIZE - 1] != '\n')
		return false;
	text[LINK_KEY_TEXT - 1] = text[FILE_SIZE - 1] = '\0';
	memcpy(key->shown, text, LINK_KEY_TEXT);
	memcpy(key->secret, text + LINK_KEY_TEXT, LINK_KEY_TEXT);
	return strlen(key->secret) == LINK_KEY_TEXT - 1 &&
	       zmq_curve_public(follows, key->secret) == 0 && strcmp(follows, key->shown) == 0;
}

int link_key_read(const char *path, struct link_key *key, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[FILE_SIZE + 1];
	struct stat st;
	bool good;

	if (fd < 0)
		return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL,
		                 "cannot read %s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)))
		return error_set(err, ERR_INTERNAL, "%s is no file that only this user may read",
		                 path);
	good = read(fd, text, sizeof text) == (ssize_t)FILE_SIZE && link_key_parse(text, key);
	explicit_bzero(text, sizeof text);
	return good ? 0 : error_set(err, ERR_PARSE, "%s has no key", path);
}
