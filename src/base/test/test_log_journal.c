/* Lines for the journal, with their fields. */
#include "base/log_journal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log_fact.h"
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

Test(log_journal, a_fact_has_its_number_and_what_it_is_about)
{
	const struct log_about about = {
	    .has_node = true, .node = -5, .service = "calc", .request = 17, .pid = 3128};

	log_fact(LOG_LEVEL_WARN, FACT_NODE_DIED, &about, "liveness", "node %d\ndied", -5);
	heard("PRIORITY=4\nSYSLOG_IDENTIFIER=dtreed\nMESSAGE=liveness: node -5?died\n"
	      "MESSAGE_ID=12ffb052899c480ca674006ccf3d2af3\nDTREE_NODE=-5\nDTREE_SERVICE=calc\n"
	      "DTREE_REQUEST=17\nDTREE_PID=3128\n");
	log_fact(LOG_LEVEL_INFO, FACT_NONE, NULL, "a", "b");
	heard("PRIORITY=6\nSYSLOG_IDENTIFIER=dtreed\nMESSAGE=a: b\n");
	log_fact(LOG_LEVEL_DEBUG, FACT_NODE_DIED, &about, "a", "b");
	heard_nothing();
}

static char line[200];

static void on_line(const char *bytes, size_t n)
{
	snprintf(line, sizeof line, "%.*s", (int)n, bytes);
}

Test(log_journal, without_a_journal_a_fact_is_a_line)
{
	log_journal_close();
	log_divert(on_line, false);
	log_fact(LOG_LEVEL_WARN, FACT_NODE_DIED, NULL, "a", "b %d", 1);
	cr_expect_str_eq(line, "dtreed: a: b 1\n");
	/* A worker's line, which is one of dtreed's in the end. */
	log_divert(on_line, true);
	log_fact(LOG_LEVEL_WARN, FACT_NODE_DIED, NULL, "a", "b\tc");
	cr_expect_str_eq(line, "<4:node_died>a: b?c\n");
	log_warn("a", "b");
	cr_expect_str_eq(line, "<4>a: b\n");
}

Test(log_journal, each_fact_has_a_name_and_a_number_of_its_own)
{
	cr_expect_null(fact_name(FACT_NONE));
	cr_expect_null(fact_id(FACT_NONE));
	for (size_t i = FACT_NONE + 1; i < FACT_COUNT; i++) {
		const char *name = fact_name((enum fact)i);

		cr_assert(name && *name, "%zu", i);
		cr_expect_eq(fact_find(name, strlen(name)), i);
		cr_expect_eq(fact_find(name, strlen(name) - 1), FACT_NONE);
		cr_expect_eq(strlen(fact_id((enum fact)i)), 32, "%s", name);
		cr_expect_eq(strspn(fact_id((enum fact)i), "0123456789abcdef"), 32, "%s", name);
		for (size_t k = FACT_NONE + 1; k < i; k++)
			cr_expect_str_neq(fact_id((enum fact)i), fact_id((enum fact)k));
	}
}
