/* Files that are written aside, of which the oldest go. */
#include "base/spool.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"

static char *dir;

static void spool_set_up(void)
{
	dir = mem_string("/tmp/dtree-spool-XXXXXX");
	cr_assert(mkdtemp(dir));
}

static void spool_tear_down(void)
{
	cr_assert_eq(remove_all(dir, NULL), 0);
	free(dir);
}

TestSuite(spool, .init = spool_set_up, .fini = spool_tear_down, .timeout = 60);

static const struct spool_limits few = {.files = 3, .bytes = 100, .waiting = 1000};

static struct spool *made(const struct spool_limits *limits)
{
	cleanup_free char *path = mem_format("%s/files", dir);
	struct error err;
	struct spool *s = spool_new("trace directory", path, "slow-", ".json", limits, &err);

	cr_assert(s, "%s", err.text);
	return s;
}

static void put(struct spool *s, int number, size_t n)
{
	cleanup_free char *name = mem_format("slow-%02d.json", number);
	char *bytes = mem_new_array(n, 1);

	memset(bytes, 'x', n);
	spool_put(s, name, bytes, n);
}

/* Puts a file there that nobody spooled. */
static void leave(const char *name, const char *text)
{
	cleanup_free char *path = mem_format("%s/files/%s", dir, name);
	cleanup_free char *above = mem_format("%s/files", dir);
	FILE *file;

	mkdir(above, 0700);
	file = fopen(path, "w");
	cr_assert(file);
	fputs(text, file);
	cr_assert_eq(fclose(file), 0);
}

/* Its size; -1: it is not there. */
static off_t size_of(const char *name)
{
	cleanup_free char *path = mem_format("%s/files/%s", dir, name);
	struct stat st;

	return lstat(path, &st) ? -1 : st.st_size;
}

Test(spool, what_is_put_is_there_whole_once_it_is_freed)
{
	struct spool *s = made(&few);

	put(s, 1, 7);
	put(s, 2, 20);
	spool_free(s, 60000);
	cr_expect_eq(size_of("slow-01.json"), 7);
	cr_expect_eq(size_of("slow-02.json"), 20);
	cr_expect_eq(size_of(".half-slow-02.json"), -1);
}

Test(spool, of_too_many_the_oldest_go)
{
	struct spool *s = made(&few);

	for (int i = 1; i <= 5; i++)
		put(s, i, 7);
	spool_free(s, 60000);
	cr_expect_eq(size_of("slow-02.json"), -1);
	cr_expect_eq(size_of("slow-03.json"), 7);
	cr_expect_eq(size_of("slow-05.json"), 7);
}

Test(spool, so_they_do_where_all_have_too_many_bytes)
{
	struct spool *s = made(&few);

	put(s, 1, 60);
	put(s, 2, 30);
	put(s, 3, 40);
	spool_free(s, 60000);
	cr_expect_eq(size_of("slow-01.json"), -1);
	cr_expect_eq(size_of("slow-02.json"), 30);
	cr_expect_eq(size_of("slow-03.json"), 40);
	s = made(&few);
	put(s, 4, 101);
	spool_free(s, 60000);
	cr_expect_eq(size_of("slow-03.json"), 40);
	cr_expect_eq(size_of("slow-04.json"), -1);
}

Test(spool, what_a_former_process_left_counts_and_its_halves_go)
{
	struct spool *s;

	leave("slow-01.json", "one");
	leave("slow-02.json", "two");
	leave(".half-slow-03.json", "thr");
	leave("slow-03.txt", "mine");
	leave("other.json", "mine");
	s = made(&few);
	put(s, 4, 7);
	put(s, 5, 7);
	spool_free(s, 60000);
	cr_expect_eq(size_of("slow-01.json"), -1);
	cr_expect_eq(size_of("slow-02.json"), 3);
	cr_expect_eq(size_of("slow-05.json"), 7);
	cr_expect_eq(size_of(".half-slow-03.json"), -1);
	cr_expect_eq(size_of("slow-03.txt"), 4);
	cr_expect_eq(size_of("other.json"), 4);
}

Test(spool, what_cannot_wait_is_dropped)
{
	const struct spool_limits limits = {.files = 100, .bytes = 10000, .waiting = 10};
	struct spool *s = made(&limits);

	put(s, 1, 11);
	put(s, 2, 10);
	spool_free(s, 60000);
	cr_expect_eq(size_of("slow-01.json"), -1);
	cr_expect_eq(size_of("slow-02.json"), 10);
}

Test(spool, one_that_cannot_be_written_leaves_nothing_and_the_next_is)
{
	struct spool *s = made(&few);
	cleanup_free char *path = mem_format("%s/files/slow-01.json", dir);

	/* A directory has its name. */
	cr_assert_eq(mkdir(path, 0700), 0);
	put(s, 1, 7);
	put(s, 2, 7);
	spool_free(s, 60000);
	cr_expect_eq(size_of(".half-slow-01.json"), -1);
	cr_expect_eq(size_of("slow-02.json"), 7);
}

Test(spool, a_directory_that_cannot_be_is_refused_by_name)
{
	struct error err;

	leave("file", "");
	{
		cleanup_free char *path = mem_format("%s/files/file", dir);
		cr_assert_null(spool_new("trace directory", path, "a", "b", &few, &err));
		cr_expect(strstr(err.text, "trace directory"), "%s", err.text);
		cr_expect(strstr(err.text, "files/file"), "%s", err.text);
	}
}
