/* What is no library of a service, and how that is told. Those that are one: plugins.py. */
#include "worker/library.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"
#include "wire/judgement.h"

static char dir[] = "/tmp/dtree-test-XXXXXX";

static void begin(void)
{
	cr_assert(mkdtemp(dir));
}

static void end(void)
{
	remove_all(dir, NULL);
}

TestSuite(library, .init = begin, .fini = end, .timeout = 60);

static void refused(const char *path, const char *why)
{
	cleanup_free char *text = mem_format("library %s: %s", path, why);
	struct error err = {0};

	cr_assert_null(library_open(path, &err));
	cr_assert_eq(err.code, ERR_SERVICE);
	cr_assert_str_eq(err.text, text);
}

Test(library, what_is_not_there)
{
	cleanup_free char *path = mem_format("%s/no", dir);

	refused(path, "No such file or directory");
}

Test(library, what_is_no_file)
{
	cleanup_free char *path = mem_format("%s/pipe", dir);

	cr_assert_eq(mkfifo(path, 0600), 0);
	refused(path, "it is no regular file");
	refused(dir, "it is no regular file");
	refused("/dev/zero", "it is no regular file");
}

Test(library, what_is_no_object)
{
	cleanup_free char *path = mem_format("%s/text", dir);
	FILE *f = fopen(path, "w");

	for (int i = 0; i < 1000; i++)
		fputs("none\n", f);
	cr_assert_eq(fclose(f), 0);
	refused(path, "it cannot be opened: invalid ELF header");
	refused("/proc/self/exe",
	        "it cannot be opened: cannot dynamically load position-independent executable");
}

Test(library, what_exports_no_service)
{
	Dl_info info;

	/* Of a library that is here anyway. */
	cr_assert(dladdr((const void *)(uintptr_t)dlsym(RTLD_DEFAULT, "zmq_socket"), &info));
	refused(info.dli_fname, "it exports no " DTREE_PLUGIN_NAME);
}

Test(library, the_command_line_of_a_judge)
{
	char *good[] = {"dtree-worker", LIBRARY_OPTION, "/x"};
	char *other[] = {"dtree-worker", "--fork-server", "/x"};

	cr_assert(library_asked(3, good));
	cr_assert_not(library_asked(2, good));
	cr_assert_not(library_asked(3, other));
}
