/*
 * What the tests of durable dictionaries share: a directory of the test's own, and a dictionary in
 * it that is used as a worker would.
 */
#ifndef TESTS_DURABLE_H
#define TESTS_DURABLE_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"
#include "service/rows.h"
#include "service_run.h"

static char durable_top[64];
static char *durable_dir;

static inline void durable_set_up(void)
{
	snprintf(durable_top, sizeof durable_top, "/tmp/dtree-test-XXXXXX");
	cr_assert_not_null(mkdtemp(durable_top));
	durable_dir = mem_format("%s/7", durable_top);
}

static inline void durable_tear_down(void)
{
	cr_assert_eq(remove_all(durable_top, NULL), 0);
	free(durable_dir);
}

/* NULL and *why, as a service's create(). */
static inline void *durable_try(enum dtree_durability durability, char **why)
{
	return service_dict.create(
	    &(struct dtree_node){.id = 7, .state_dir = durable_dir, .durability = durability}, why);
}

static inline void *durable_open(enum dtree_durability durability)
{
	char *why = NULL;
	void *dict = durable_try(durability, &why);

	cr_assert(dict, "%s", why);
	return dict;
}

/* One exec, without a commit. Owned. */
static inline char *durable_say(void *dict, const char *name, const char *value)
{
	struct buffer bytes = service_bytes(ARGS(name, value));
	char *said = service_run(&service_dict, dict, buffer_bytes(&bytes), buffer_size(&bytes));

	buffer_free(&bytes);
	return said;
}

static inline void durable_expect(void *dict, const char *wanted, const char *name,
                                  const char *value)
{
	cleanup_free char *said = durable_say(dict, name, value);

	cr_assert_str_eq(said, wanted);
}

static inline void durable_commit(void *dict)
{
	char *why = NULL;

	cr_assert_eq(service_dict.commit(dict, &why), 0, "%s", why);
}

/* A commit that must fail; the reason, owned. */
static inline char *durable_commit_fails(void *dict)
{
	char *why = NULL;

	cr_assert_eq(service_dict.commit(dict, &why), -1);
	cr_assert_not_null(why);
	return why;
}

static inline char *durable_path(const char *name)
{
	return mem_format("%s/%s", durable_dir, name);
}

static inline bool durable_is_there(const char *name)
{
	cleanup_free char *path = durable_path(name);

	return access(path, F_OK) == 0;
}

/* A whole file; *size stays as it is and NULL where there is none. Owned. */
static inline char *durable_read(const char *name, size_t *size)
{
	cleanup_free char *path = durable_path(name);
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

static inline void durable_write(const char *name, const char *bytes, size_t size)
{
	cleanup_free char *path = durable_path(name);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
}

#endif
