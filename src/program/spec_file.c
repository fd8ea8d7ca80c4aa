/* Written beside its place and moved there. Nothing is kept. */
#include "program/spec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define EQUALS " = "
/* More than all keys need, each with the longest value; what is added may be added often. */
#define FILE_MAX ((size_t)64 * 1024 * 1024)

static int spec_file_put(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t got = write(fd, text, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		text += got;
		n -= (size_t)got;
	}
	return 0;
}

static int spec_file_fail(const char *path, const struct program_spec *s, struct error *err)
{
	return error_set(err, ERR_INTERNAL, "service %s: cannot write %s: %s", s->name, path,
	                 strerror(errno));
}

/* 0, or -1 with errno. */
static int spec_file_fill(const char *path, const struct program_spec *s)
{
	cleanup_free char *text = mem_format("[service %s] ; %s\n%s", s->name, s->origin, s->text);
	cleanup_close int fd = -1;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : spec_file_put(fd, text, strlen(text));
}

int spec_file_make(const char *path, const struct program_spec *s, struct error *err)
{
	if (spec_file_fill(path, s) == 0)
		return 0;
	spec_file_fail(path, s, err);
	unlink(path);
	return -1;
}

int spec_file_write(const char *path, const struct program_spec *s, struct error *err)
{
	cleanup_free char *made = mem_format("%s.new", path);

	if (spec_file_fill(made, s) == 0 && rename(made, path) == 0)
		return 0;
	spec_file_fail(path, s, err);
	unlink(made);
	return -1;
}

/* All of it, with a NUL behind; NULL with errno. */
static char *spec_file_get(const char *path, size_t *size)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct buffer text = {0};
	ssize_t got = -1;

	while (fd >= 0 && buffer_size(&text) <= FILE_MAX) {
		got = read(fd, buffer_reserve(&text, BUFSIZ), BUFSIZ);
		if (got > 0)
			buffer_claim(&text, (size_t)got);
		else if (got == 0 || errno != EINTR)
			break;
	}
	if (got > 0)
		errno = EFBIG;
	if (got) {
		int number = errno;
		buffer_free(&text);
		errno = number;
		return NULL;
	}
	*size = buffer_size(&text);
	buffer_add(&text, "", 1);
	return text.data;
}

/* The first line: whose it is, and where that was declared. */
static int read_title(const char *line, const char *name, struct program_spec *s, struct error *err)
{
	cleanup_free char *title = mem_format("[service %s] ; ", name);

	if (strncmp(line, title, strlen(title)) != 0)
		return error_set(err, ERR_INTERNAL, "it is not that of service %s", name);
	program_spec_init(s, name, line + strlen(title));
	return 0;
}

static int read_key(char *line, struct program_spec *s, struct error *err)
{
	char *equals = strstr(line, EQUALS);

	if (!equals)
		return error_set(err, ERR_INTERNAL, "no key = value");
	*equals = '\0';
	return program_spec_set(s, line, equals + strlen(EQUALS), err);
}

int spec_file_read(const char *path, const char *name, struct program_spec *s, struct error *err)
{
	size_t size = 0;
	cleanup_free char *text = spec_file_get(path, &size);
	char *rest = text;
	struct error why;
	char *line;
	int number = 0;

	*s = (struct program_spec){0};
	if (!text)
		return error_set(err, ERR_INTERNAL, "service %s: cannot read %s: %s", name, path,
		                 strerror(errno));
	/* Where it was cut off there is no last line end. */
	if (!size || strlen(text) != size || text[size - 1] != '\n')
		return error_set(err, ERR_INTERNAL, "service %s: %s is damaged", name, path);
	text[size - 1] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		number++;
		if (number == 1 ? read_title(line, name, s, &why) : read_key(line, s, &why))
			return error_set(err, why.code, "%s:%d: %s", path, number, why.text);
	}
	return program_spec_check(s, err);
}
