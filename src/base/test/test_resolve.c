/* Directories have one name each, however they are given. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/resolve.h"
#include "support/scratch.h"

#define STRANGER 54321

static void set_up(void)
{
	scratch_set_up();
	cr_assert_eq(mkdir(scratch_dir, 0700), 0);
}

TestSuite(resolve, .init = set_up, .fini = scratch_tear_down, .timeout = 60);

static void make(const char *name)
{
	cleanup_free char *path = scratch_path(name);

	cr_assert_eq(mkdir(path, 0700), 0);
}

static void make_link(const char *name, const char *target)
{
	cleanup_free char *path = scratch_path(name);

	cr_assert_eq(symlink(target, path), 0);
}

/* NAME, below the scratch directory, resolves to EXPECTED there. */
static void is(const char *name, const char *expected)
{
	cleanup_free char *given = scratch_path(name);
	cleanup_free char *path = *expected ? scratch_path(expected) : mem_string(scratch_dir);
	struct resolved r;
	struct error err;
	struct stat by_fd, by_path;

	cr_assert_eq(resolve_directory(&r, "directory", given, RESOLVE_REFUSE, 0, &err), 0, "%s",
	             err.text);
	cr_assert_str_eq(r.path, path);
	cr_assert_eq(fstat(r.fd, &by_fd), 0);
	cr_assert_eq(stat(given, &by_path), 0);
	cr_assert_eq(by_fd.st_ino, by_path.st_ino);
	resolved_free(&r);
}

static void fails(const char *name, enum resolve_missing missing, const char *why)
{
	cleanup_free char *given = scratch_path(name);
	struct resolved r;
	struct error err;

	cr_assert_eq(resolve_directory(&r, "a directory", given, missing, 0700, &err), -1);
	cr_assert_not_null(strstr(err.text, given), "%s", err.text);
	cr_assert_not_null(strstr(err.text, why), "%s", err.text);
}

Test(resolve, a_directory_has_one_name)
{
	make("a");
	make("a/b");
	make_link("c", "a");
	make_link("d", "./c/b/");
	make_link("e", "../7/d");
	is("a", "a");
	is("a/", "a");
	is("./a", "a");
	is("a/.", "a");
	is("a//b///", "a/b");
	is("a/b/..", "a");
	is("a/../a/./b", "a/b");
	is("c", "a");
	is("c/b", "a/b");
	is("d", "a/b");
	is("d/..", "a");
	is("e", "a/b");
	is("e/../../c", "a");
	is("../7", "");
}

Test(resolve, the_root_is_above_itself)
{
	struct resolved r;

	cr_assert_eq(resolve_directory(&r, "x", "/", RESOLVE_REFUSE, 0, NULL), 0);
	cr_assert_str_eq(r.path, "/");
	resolved_free(&r);
	cr_assert_eq(resolve_directory(&r, "x", "/../..//proc/..", RESOLVE_REFUSE, 0, NULL), 0);
	cr_assert_str_eq(r.path, "/");
	resolved_free(&r);
}

Test(resolve, a_relative_path_begins_here)
{
	cleanup_free char *expected = scratch_path("a");
	const char *const names[] = {"a", "./a", "../7/a/", "a/.."};
	struct resolved r;

	make("a");
	cr_assert_eq(chdir(scratch_dir), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cr_assert_eq(resolve_directory(&r, "x", names[i], RESOLVE_REFUSE, 0, NULL), 0);
		cr_assert_str_eq(r.path, i == 3 ? scratch_dir : expected);
		resolved_free(&r);
	}
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(resolve_directory(&r, "x", "tmp", RESOLVE_REFUSE, 0, NULL), 0);
	cr_assert_str_eq(r.path, "/tmp");
	resolved_free(&r);
}

Test(resolve, what_is_no_directory_is_an_error)
{
	scratch_write("file", "x", 1);
	make_link("to-file", "file");
	make_link("nowhere", "missing/deep");
	make_link("circle", "circle");
	fails("missing", RESOLVE_REFUSE, "No such file");
	fails("missing/deep", RESOLVE_MAKE, "No such file");
	fails("file", RESOLVE_MAKE_ALL, "Not a directory");
	fails("file/deep", RESOLVE_MAKE_ALL, "Not a directory");
	fails("to-file", RESOLVE_MAKE_ALL, "Not a directory");
	fails("nowhere", RESOLVE_REFUSE, "No such file");
	fails("circle", RESOLVE_MAKE_ALL, "Too many levels");
	cr_assert_eq(resolve_directory(&(struct resolved){0}, "x", "", RESOLVE_MAKE, 0, NULL), -1);
}

static mode_t mode_of(const char *name)
{
	cleanup_free char *path = scratch_path(name);
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

Test(resolve, what_is_missing_is_made_with_its_mode)
{
	cleanup_free char *one = scratch_path("one");
	cleanup_free char *deep = scratch_path("x/y/z");
	struct resolved r;
	mode_t old = umask(0077);

	cr_assert_eq(resolve_directory(&r, "x", one, RESOLVE_MAKE, 0750, NULL), 0);
	resolved_free(&r);
	cr_assert_eq(resolve_directory(&r, "x", deep, RESOLVE_MAKE_ALL, 0711, NULL), 0);
	resolved_free(&r);
	cr_assert_eq(mode_of("one"), 0750);
	cr_assert_eq(mode_of("x"), 0700);
	cr_assert_eq(mode_of("x/y"), 0700);
	cr_assert_eq(mode_of("x/y/z"), 0711);
	/* An existing directory stays as it is. */
	cr_assert_eq(resolve_directory(&r, "x", one, RESOLVE_MAKE, 0700, NULL), 0);
	resolved_free(&r);
	cr_assert_eq(mode_of("one"), 0750);
	umask(old);
}

Test(resolve, a_link_of_another_user_is_followed_only_in_his_own_directory)
{
	cleanup_free char *link = scratch_path("link");

	if (geteuid() != 0)
		cr_skip_test("needs root");
	make("a");
	make_link("link", "a");
	is("link", "a");
	cr_assert_eq(lchown(link, STRANGER, STRANGER), 0);
	fails("link", RESOLVE_REFUSE, "is a symbolic link of user 54321");
	fails("link/deep", RESOLVE_MAKE_ALL, "is a symbolic link of user 54321");
	cr_assert_not(scratch_is_there("a/deep"));
	cr_assert_eq(chown(scratch_dir, STRANGER, STRANGER), 0);
	is("link", "a");
	cr_assert_eq(lchown(link, STRANGER + 1, STRANGER), 0);
	fails("link", RESOLVE_REFUSE, "is a symbolic link of user 54322");
}

Test(resolve, owner_and_mode_are_of_what_was_found)
{
	cleanup_free char *path = scratch_path("link");
	cleanup_free char *target = scratch_path("a");
	struct resolved r;
	struct error err;

	make("a");
	make_link("link", "a");
	cr_assert_eq(resolve_directory(&r, "x", path, RESOLVE_REFUSE, 0, NULL), 0);
	cr_assert_eq(resolved_check(&r, "directory", S_IWGRP | S_IWOTH, &err), 0);
	cr_assert_eq(chmod(target, 0770), 0);
	cr_assert_eq(resolved_check(&r, "directory", S_IWOTH, &err), 0);
	cr_assert_eq(resolved_check(&r, "directory", S_IWGRP | S_IWOTH, &err), -1);
	cr_assert_not_null(strstr(err.text, target));
	if (geteuid() == 0) {
		cr_assert_eq(chmod(target, 0700), 0);
		cr_assert_eq(chown(target, STRANGER, STRANGER), 0);
		cr_assert_eq(resolved_check(&r, "directory", S_IWOTH, &err), -1);
		cr_assert_not_null(strstr(err.text, "belongs to user 54321"));
	}
	resolved_free(&r);
}
