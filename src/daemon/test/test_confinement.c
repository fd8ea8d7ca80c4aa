/* What a unit forbids, by what systemctl prints of it. */
#include "daemon/confinement.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

TestSuite(confinement, .timeout = 60);

static struct unit unit;

static void say(enum unit_key key, const char *value)
{
	free(unit.values[key]);
	unit.values[key] = mem_string(value);
}

/* As the unit is that dtree brings. */
static void set_up(void)
{
	say(UNIT_USER, "dtree");
	say(UNIT_BOUNDING, "");
	say(UNIT_AMBIENT, "");
	say(UNIT_CALLS, "read write setpriority:EPERM");
	say(UNIT_FAMILIES, "AF_UNIX");
	say(UNIT_DELEGATE, "no");
	say(UNIT_HOMES, "yes");
	say(UNIT_FILES, "65536");
	say(UNIT_NICE, "0");
}

static struct confinement now(void)
{
	struct confinement c;

	confinement_of_unit(&c, "dtreed.service", &unit);
	cr_expect_str_eq(c.unit, "dtreed.service");
	confinement_free(&c);
	return c;
}

Test(confinement, a_list_has_words_or_those_that_it_has_not)
{
	say(UNIT_CALLS, "read setresuid:EPERM write");
	cr_expect(unit_allows(&unit, UNIT_CALLS, "read"));
	cr_expect(unit_allows(&unit, UNIT_CALLS, "setresuid"));
	cr_expect_not(unit_allows(&unit, UNIT_CALLS, "rea"));
	cr_expect_not(unit_allows(&unit, UNIT_CALLS, "reads"));
	say(UNIT_CALLS, "~read write");
	cr_expect_not(unit_allows(&unit, UNIT_CALLS, "write"));
	cr_expect_not(unit_allows(&unit, UNIT_CALLS, "read"));
	cr_expect(unit_allows(&unit, UNIT_CALLS, "open"));
	cr_expect_str_eq(unit_value(&unit, UNIT_HOMES), "");
	unit_free(&unit);
}

Test(confinement, the_unit_forbids_what_the_tree_does_not_need)
{
	struct confinement c;

	set_up();
	c = now();
	cr_expect_not(c.users);
	cr_expect_not(c.network);
	cr_expect_not(c.groups);
	cr_expect_not(c.homes);
	cr_expect_eq(c.nice, 20);
	cr_expect_eq(c.files, 65536);
	unit_free(&unit);
}

Test(confinement, users_need_both_capabilities_and_the_calls)
{
	set_up();
	say(UNIT_AMBIENT, "cap_setgid cap_setuid");
	cr_expect_not(now().users);
	say(UNIT_CALLS, "setresuid read");
	cr_expect(now().users);
	say(UNIT_AMBIENT, "cap_setuid");
	cr_expect_not(now().users);
	/* Root has what it is not bound from. */
	say(UNIT_USER, "");
	cr_expect_not(now().users);
	say(UNIT_BOUNDING, "cap_kill cap_setgid cap_setuid");
	cr_expect(now().users);
	unit_free(&unit);
}

Test(confinement, each_drop_in_allows_one_thing)
{
	set_up();
	say(UNIT_FAMILIES, "AF_INET AF_UNIX");
	cr_expect(now().network);
	say(UNIT_FAMILIES, "~");
	cr_expect(now().network);
	say(UNIT_FAMILIES, "~AF_INET");
	cr_expect_not(now().network);
	say(UNIT_DELEGATE, "yes");
	cr_expect(now().groups);
	say(UNIT_HOMES, "read-only");
	cr_expect(now().homes);
	say(UNIT_NICE, "25");
	cr_expect_eq(now().nice, -5);
	say(UNIT_FILES, "infinity");
	cr_expect_eq(now().files, INT64_MAX);
	unit_free(&unit);
}

/* What stands for systemctl prints that. */
static void systemctl(const char *script)
{
	static char dir[] = "/tmp/dtree-systemctl-XXXXXX";
	cleanup_free char *path = NULL;
	cleanup_free char *search = NULL;
	FILE *file;

	cr_assert(mkdtemp(dir));
	path = mem_format("%s/systemctl", dir);
	file = fopen(path, "we");
	cr_assert(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	fclose(file);
	chmod(path, 0700);
	search = mem_format("%s:/usr/bin:/bin", dir);
	setenv("PATH", search, 1);
	unit_ask("dtreed.service", &unit);
	unlink(path);
	rmdir(dir);
}

Test(confinement, what_is_printed_is_read_key_by_key)
{
	systemctl("printf 'User=dtree\\nUserX=1\\nSystemCallFilter=a "
	          "b=c\\nNoise\\n=\\nLoadState=loaded'");
	cr_expect_str_eq(unit_value(&unit, UNIT_USER), "dtree");
	cr_expect_str_eq(unit_value(&unit, UNIT_CALLS), "a b=c");
	cr_expect_str_eq(unit_value(&unit, UNIT_LOAD_STATE), "loaded");
	unit_free(&unit);
}

Test(confinement, what_prints_without_an_end_is_ended)
{
	systemctl("exec tr '\\0' x </dev/zero");
	cr_expect_str_eq(unit_value(&unit, UNIT_LOAD_STATE), "");
	unit_free(&unit);
}
