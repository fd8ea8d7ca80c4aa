#include "support/scratch.h"

#include <stdlib.h>

char scratch_top[64];
char *scratch_dir;

void scratch_set_up(void)
{
	snprintf(scratch_top, sizeof scratch_top, "/tmp/dtree-test-XXXXXX");
	cr_assert_not_null(mkdtemp(scratch_top));
	scratch_dir = mem_format("%s/7", scratch_top);
}

void scratch_tear_down(void)
{
	cr_assert_eq(remove_all(scratch_top, NULL), 0);
	free(scratch_dir);
}

char *scratch_path(const char *name)
{
	return mem_format("%s/%s", scratch_dir, name);
}

bool scratch_is_there(const char *name)
{
	cleanup_free char *path = scratch_path(name);

	return access(path, F_OK) == 0;
}

char *scratch_read(const char *name, size_t *size)
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

void scratch_write(const char *name, const char *bytes, size_t size)
{
	cleanup_free char *path = scratch_path(name);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
}
