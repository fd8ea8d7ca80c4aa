/* Lines for the journal, with their fields. */
#include "base/log_journal.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

static char dir[] = "/tmp/dtree-journal-XXXXXX";
static char *path;
static int fd;

static void listen_here(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, path, strlen(path) + 1);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
}

static void set_up(void)
{
	cr_assert(mkdtemp(dir));
	path = mem_format("%s/socket", dir);
	listen_here();
	log_open("dtreed", LOG_LEVEL_INFO);
	log_journal_open("dtreed", path);
}

static void tear_down(void)
{
	log_journal_close();
	close(fd);
	unlink(path);
	rmdir(dir);
	free(path);
}

TestSuite(log_journal, .init = set_up, .fini = tear_down, .timeout = 60);

static const struct log_field fields[] = {{"DTREE_NODE", "10"}, {"DTREE_SERVICE", "calc"}};

static void heard(const char *wanted)
{
	char text[1000];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	cr_assert_geq(n, 0);
	text[n] = '\0';
	cr_expect_str_eq(text, wanted);
}

static void heard_nothing(void)
{
	char byte;

	cr_expect_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
}

Test(log_journal, a_field_a_line)
{
	cr_expect(log_journal_line(LOG_LEVEL_WARN, "a = b", fields, ARRAY_SIZE(fields)));
	heard("PRIORITY=4\nSYSLOG_IDENTIFIER=dtreed\nMESSAGE=a = b\nDTREE_NODE=10\n"
	      "DTREE_SERVICE=calc\n");
}

Test(log_journal, below_the_level_nothing_is_sent)
{
	cr_expect(log_journal_line(LOG_LEVEL_DEBUG, "a", fields, 1));
	heard_nothing();
}

Test(log_journal, no_value_makes_a_field_of_its_own)
{
	const struct log_field bad = {"DTREE_SERVICE", "a\n_PID=1"};

	cr_expect_not(log_journal_line(LOG_LEVEL_WARN, "a", &bad, 1));
	cr_expect_not(log_journal_line(LOG_LEVEL_WARN, "a\n_PID=1", fields, 1));
	heard_nothing();
}

Test(log_journal, who_does_not_listen_or_take_it_is_told)
{
	int i = 0;

	while (log_journal_line(LOG_LEVEL_WARN, "again", fields, 1))
		cr_assert_lt(i++, 100000, "it is never full");
	close(fd);
	unlink(path);
	cr_expect_not(log_journal_line(LOG_LEVEL_WARN, "a", fields, 1));
	/* One that was started anew at the path hears it. */
	listen_here();
	cr_expect(log_journal_line(LOG_LEVEL_WARN, "a", NULL, 0));
	heard("PRIORITY=4\nSYSLOG_IDENTIFIER=dtreed\nMESSAGE=a\n");
	log_journal_close();
	cr_expect_not(log_journal_line(LOG_LEVEL_WARN, "a", NULL, 0));
}
