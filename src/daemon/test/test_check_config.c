/* Which unit a check is about, by its options. */
#include "daemon/check_config.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

TestSuite(check_config, .timeout = 60);

/* What the words behind the program's name are about, "-" for none. */
static void expect(const char *unit, const char *first, const char *second, const char *third)
{
	const char *argv[] = {"dtreed", first, second, third, NULL};
	struct reload_source source = {.argv = (char **)argv};
	cleanup_free char *found = NULL;

	while (argv[source.argc])
		source.argc++;
	found = check_config_unit(&source);
	cr_expect_str_eq(found ? found : "-", unit, "%s %s %s: %s", first, second ? second : "",
	                 third ? third : "", found);
}

Test(check_config, alone_it_is_about_the_service)
{
	expect("dtreed.service", "--check-config", NULL, NULL);
	expect("-", "--check-config", "--topology=bst", NULL);
	expect("-", "--check-config", "--private", NULL);
	expect("-", "--config=/etc/dtree/dtreed.conf", NULL, NULL);
}

Test(check_config, the_file_of_settings_says_which_instance_it_is_about)
{
	expect("dtreed.service", "--check-config", "--config", "/etc/dtree/dtreed.conf");
	expect("dtreed@blue.service", "--check-config", "--config", "/etc/dtree-blue/dtreed.conf");
	expect("dtreed@blue.service", "--config=/etc/dtree-blue/dtreed.conf", "--check-config",
	       NULL);
	expect("dtreed@a-b.service", "--config=" SYSCONFDIR "/dtree-a-b/dtreed.conf",
	       "--check-config", NULL);
	expect("-", "--check-config", "--config", "/etc/dtree-blue/other.conf");
	expect("-", "--check-config", "--config", "/etc/dtree-/dtreed.conf");
	expect("-", "--check-config", "--config", "/etc/dtree-a/b/dtreed.conf");
	expect("-", "--check-config", "--config", "/etc/dtrees/dtreed.conf");
	expect("-", "--check-config", "--config", "/srv/etc/dtree/dtreed.conf");
	expect("-", "--check-config", "--config", "/dtreed.conf");
	expect("-", "--check-config", "--config", "");
	expect("-", "--check-config", "--config", NULL);
}

Test(check_config, a_path_with_dots_or_links_is_followed)
{
	char dir[] = "/tmp/dtree-check-XXXXXX";
	cleanup_free char *link = NULL;
	cleanup_free char *file = NULL;
	cleanup_free char *own = NULL;

	expect("-", "--check-config", "--config", "dtreed.conf");
	cr_assert(mkdtemp(dir));
	link = mem_format("%s/link", dir);
	file = mem_format("%s/dtreed.conf", link);
	own = mem_format("%s/dtreed.conf", dir);
	expect("-", "--check-config", "--config", own);
	cr_assert_eq(symlink("/etc/dtree", link), 0);
	/* To what is there, or is not. */
	expect(access("/etc/dtree", F_OK) ? "-" : "dtreed.service", "--check-config", "--config",
	       file);
	unlink(link);
	rmdir(dir);
}
