/* Where the exporter may listen, and how that is written. */
#include "exporter/address.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

TestSuite(address, .timeout = 60);

static bool is_local(const char *text)
{
	struct address address;
	struct error err;

	cr_assert_eq(address_read(text, &address, &err), 0, "%s: %s", text, err.text);
	return address.local;
}

static void is_refused(const char *text, const char *why)
{
	struct address address;
	struct error err;

	cr_assert_eq(address_read(text, &address, &err), -1, "%s", text);
	cr_assert(strstr(err.text, why), "%s: %s", text, err.text);
}

Test(address, only_loopback_and_unix_sockets_are_local)
{
	cr_assert(is_local("127.0.0.1:0"));
	cr_assert(is_local("127.9.9.9:65535"));
	cr_assert(is_local("[::1]:80"));
	cr_assert(is_local("unix:/tmp/x"));
	cr_assert_not(is_local("0.0.0.0:80"));
	cr_assert_not(is_local("[::]:80"));
	cr_assert_not(is_local("128.0.0.1:80"));
	cr_assert_not(is_local("[::ffff:127.0.0.1]:80"));
}

Test(address, what_is_no_address_is_named)
{
	is_refused("", "''");
	is_refused("127.0.0.1", "'127.0.0.1'");
	is_refused("localhost:80", "'localhost'");
	is_refused("127.0.0.1:", "the port");
	is_refused("127.0.0.1:99999", "the port");
	is_refused("127.0.0.1:+1", "the port");
	is_refused("[::1:80", "'[::1'");
	is_refused("unix:", "0 bytes");
	is_refused("unix:/0123456789012345678901234567890123456789012345678901234567890123456789"
	           "01234567890123456789012345678901234567890",
	           "bytes");
}

Test(address, what_listens_is_shown_with_its_port)
{
	struct address address;
	struct error err;
	cleanup_free char *shown = NULL;
	int fd;

	cr_assert_eq(address_read("127.0.0.1:0", &address, &err), 0);
	fd = address_listen(&address, &err);
	cr_assert_geq(fd, 0, "%s", err.text);
	shown = address_shown(fd);
	cr_assert_eq(strncmp(shown, "http://127.0.0.1:", 17), 0);
	cr_assert_str_neq(shown, "http://127.0.0.1:0/");
	close(fd);
}
