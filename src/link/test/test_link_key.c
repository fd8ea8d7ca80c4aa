/* The file with a tree's key. */
#include "link/link_key.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/scratch.h"

static char *path;
static struct link_key key;
static struct link_key found;
static struct error err;

static void set_up(void)
{
	scratch_set_up();
	path = mem_format("%s/.key", scratch_top);
	cr_assert_eq(link_key_make(&key, &err), 0, "%s", err.text);
	cr_assert_eq(link_key_write(path, &key, &err), 0, "%s", err.text);
}

static void tear_down(void)
{
	free(path);
	scratch_tear_down();
}

TestSuite(link_key, .init = set_up, .fini = tear_down, .timeout = 60);

Test(link_key, it_comes_back_as_it_was)
{
	cr_assert_eq(link_key_read(path, &found, &err), 0, "%s", err.text);
	cr_assert_str_eq(found.shown, key.shown);
	cr_assert_str_eq(found.secret, key.secret);
}

Test(link_key, each_is_another_one)
{
	cr_assert_eq(link_key_make(&found, &err), 0);
	cr_assert_str_neq(found.secret, key.secret);
}

Test(link_key, only_this_user_may_read_it)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(chmod(path, 0640), 0);
	cr_assert_eq(link_key_read(path, &found, &err), -1);
	cr_assert_not_null(strstr(err.text, "no file that only this user may read"), "%s",
	                   err.text);
}

Test(link_key, one_that_is_missing_is_known_as_such)
{
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(link_key_read(path, &found, &err), -1);
	cr_assert_eq(err.code, ERR_NOT_FOUND);
}

/* Each byte changed, and each end cut off. */
Test(link_key, a_changed_file_is_no_key)
{
	char bytes[2 * LINK_KEY_TEXT];
	FILE *f = fopen(path, "r");

	cr_assert_eq(fread(bytes, 1, sizeof bytes, f), sizeof bytes);
	fclose(f);
	for (size_t i = 0; i < sizeof bytes; i++) {
		char was = bytes[i];

		bytes[i] = was == 'a' ? 'b' : 'a';
		f = fopen(path, "w");
		fwrite(bytes, 1, sizeof bytes, f);
		fclose(f);
		cr_assert_eq(link_key_read(path, &found, &err), -1, "byte %zu", i);
		cr_assert_eq(err.code, ERR_PARSE);
		bytes[i] = was;
	}
	for (size_t size = 0; size < sizeof bytes; size++) {
		f = fopen(path, "w");
		fwrite(bytes, 1, size, f);
		fclose(f);
		cr_assert_eq(link_key_read(path, &found, &err), -1, "%zu bytes", size);
	}
}
