/* A directory of the test's own, and files in it. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"

static char scratch_top[64];
static char *scratch_dir; /* below it; not made yet */

static inline void scratch_set_up(void)
{
	snprintf(scratch_top, sizeof scratch_top, "/tmp/dtree-test-XXXXXX");
	cr_assert_not_null(mkdtemp(scratch_top));
	scratch_dir = mem_format("%s/7", scratch_top);
}

static inline void scratch_tear_down(void)
{
	cr_assert_eq(remove_all(scratch_top, NULL), 0);
	free(scratch_dir);
}

static inline char *scratch_path(const char *name)
{
	return mem_format("%s/%s", scratch_dir, name);
}

static inline bool scratch_is_there(const char *name)
{
	cleanup_free char *path = scratch_path(name);

	return access(path, F_OK) == 0;
}

/* A whole file; *size stays as it is and NULL where there is none. Owned. */
static inline char *scratch_read(const char *name, size_t *size)
{
	cleanup_free char *path = scratch_path(name);
	cleanup_close int fd = open(path, O_RDONLY);
	struct stat st;
	char *bytes;

	if (fd < 0)
		return NULL;
	cr_assert_eq(fstat(fd, &st), 0);
	bytes = mem_new((size_t)st.st_size + 1);
	cr_assert_eq(read(fd, bytes, (size_t)st.st_size), st.st_size);
	*size = (size_t)st.st_size;
	return bytes;
}

static inline void scratch_write(const char *name, const char *bytes, size_t size)
{
	cleanup_free char *path = scratch_path(name);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
}

#endif
