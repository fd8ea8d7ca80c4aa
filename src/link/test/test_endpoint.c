/* Where a process listens, as others are told it. */
#include "link/endpoint.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/scratch.h"

static char *endpoint;

static void set_up(void)
{
	scratch_set_up();
	endpoint = mem_format("tcp:%s/a", scratch_top);
}

static void tear_down(void)
{
	free(endpoint);
	scratch_tear_down();
}

TestSuite(endpoint, .init = set_up, .fini = tear_down, .timeout = 60);

static void put(const char *text)
{
	FILE *f = fopen(endpoint_path(endpoint), "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

static void refused(const char *why)
{
	struct error err;

	cr_assert_null(endpoint_address(endpoint, &err));
	cr_assert_not_null(strstr(err.text, why), "%s", err.text);
	cr_assert_not_null(strstr(err.text, endpoint_path(endpoint)), "%s", err.text);
}

Test(endpoint, a_path_is_its_own_address)
{
	struct error err;
	cleanup_free char *address = endpoint_address("ipc:///run/dtree/links/1", &err);

	cr_assert_str_eq(address, "ipc:///run/dtree/links/1");
	cr_assert_str_eq(endpoint_path("ipc:///run/dtree/links/1"), "/run/dtree/links/1");
	cr_assert(!endpoint_is_tcp("ipc:///run"));
	cr_assert(!endpoint_is_tcp("tcp://127.0.0.1:1"));
	cr_assert(endpoint_is_tcp("tcp:/run"));
}

Test(endpoint, the_port_that_was_published_last_is_the_address)
{
	struct error err;
	struct stat st;

	for (int port = 65534; port <= 65535; port++) {
		cleanup_free char *wanted = mem_format("tcp://127.0.0.1:%d", port);
		cleanup_free char *address = NULL;

		cr_assert_eq(endpoint_publish(endpoint, port, &err), 0, "%s", err.text);
		address = endpoint_address(endpoint, &err);
		cr_assert_str_eq(address, wanted);
	}
	cr_assert_eq(stat(endpoint_path(endpoint), &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
}

Test(endpoint, a_file_that_is_not_there_is_named)
{
	refused("No such file");
}

Test(endpoint, what_is_no_port_is_refused)
{
	static const char *const texts[] = {
	    "",      "0\n",   "65536\n", "-1\n",   "80",
	    "80 \n", " 80\n", "99999\n", "1\n2\n", "0000000000000080\n",
	    "x\n",   "\n"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put(texts[i]);
		refused("has no port");
	}
}

Test(endpoint, a_link_or_a_fifo_in_its_place_is_not_followed)
{
	cr_assert_eq(symlink("/etc/passwd", endpoint_path(endpoint)), 0);
	refused("cannot read");
	cr_assert_eq(unlink(endpoint_path(endpoint)), 0);
	cr_assert_eq(mkfifo(endpoint_path(endpoint), 0600), 0);
	refused("has no port");
}

Test(endpoint, a_file_that_cannot_be_written_is_named)
{
	struct error err;

	cr_assert_eq(endpoint_publish("tcp:/nowhere/a", 5, &err), -1);
	cr_assert_not_null(strstr(err.text, "/nowhere/a"), "%s", err.text);
}
