/* What workers say to dtreed's socket: a line of the log, and of a program a line with fields. */
#include "controller/process/worker_log.h"

#include <criterion/criterion.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_journal.h"
#include "base/mem.h"

static char dir[] = "/tmp/dtree-said-XXXXXX";
static char *journal_path;
static struct ev_loop *loop;
static struct worker_log *said;
static int speaker;
static int journal = -1;
static char logged[1000];

static bool name_it(void *arg, pid_t pid, char *name, size_t size, struct log_about *about)
{
	(void)arg;
	(void)pid;
	snprintf(name, size, "node -7");
	*about = (struct log_about){.has_node = true, .node = -7};
	return true;
}

static void no_word(void *arg, pid_t pid, const char *word)
{
	(void)arg;
	(void)pid;
	(void)word;
}

static void on_line(const char *line, size_t n)
{
	snprintf(logged, sizeof logged, "%.*s", (int)n, line);
}

static void set_up(void)
{
	struct error err;

	cr_assert(mkdtemp(dir));
	loop = ev_loop_new(EVFLAG_AUTO);
	log_open("dtreed", LOG_LEVEL_INFO);
	log_divert(on_line, false);
	said = worker_log_open(loop, dir, name_it, no_word, NULL, &err);
	cr_assert(said, "%s", err.text);
	speaker = worker_log_speaker(said);
	cr_assert_geq(speaker, 0);
}

static void tear_down(void)
{
	log_journal_close();
	mem_cleanup_close(&journal);
	close(speaker);
	worker_log_free(said);
	ev_loop_destroy(loop);
	if (journal_path)
		unlink(journal_path);
	free(journal_path);
	rmdir(dir);
}

TestSuite(worker_log, .init = set_up, .fini = tear_down, .timeout = 60);

static void say(const char *text)
{
	*logged = '\0';
	cr_assert_eq(send(speaker, text, strlen(text), 0), (ssize_t)strlen(text));
	worker_log_read(said);
}

static void begin_journal(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	journal_path = mem_format("%s/j", dir);
	memcpy(address.sun_path, journal_path, strlen(journal_path) + 1);
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(journal, (const struct sockaddr *)&address, sizeof address), 0);
	log_journal_open("dtreed", journal_path);
}

/* What the journal heard; "": nothing. */
static const char *heard(void)
{
	static char text[1000];
	ssize_t n = recv(journal, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

Test(worker_log, without_a_journal_all_are_lines)
{
	say("<6>calc[3130]: divided by zero");
	cr_expect_str_eq(logged, "dtreed: node -7: calc[3130]: divided by zero\n");
	say("printed by a library");
	cr_expect_str_eq(logged, "dtreed: node -7: printed by a library\n");
}

Test(worker_log, in_the_journal_a_programs_line_has_fields)
{
	begin_journal();
	say("<4>calc-2[3130]: divided by zero");
	cr_expect_str_eq(heard(), "PRIORITY=4\nSYSLOG_IDENTIFIER=dtreed\n"
	                          "MESSAGE=node -7: calc-2[3130]: divided by zero\n"
	                          "DTREE_NODE=-7\nDTREE_SERVICE=calc-2\nDTREE_PID=3130\n");
	cr_expect_str_eq(logged, "");
}

Test(worker_log, what_a_worker_tells_of_a_fact_has_its_number)
{
	begin_journal();
	say("<4:program_died>program: calc ended");
	cr_expect(strstr(heard(), "MESSAGE=node -7: program: calc ended\nMESSAGE_ID="));
	/* One that is not known, as of a later version, is none. */
	say("<4:world_ended>program: calc ended");
	cr_expect_str_eq(heard(), "PRIORITY=4\nSYSLOG_IDENTIFIER=dtreed\n"
	                          "MESSAGE=node -7: program: calc ended\nDTREE_NODE=-7\n");
	/* Nor is what only looks so. */
	say("<4:program_died program: calc ended");
	cr_expect(strstr(heard(), "MESSAGE=node -7: <4:program_died program: calc ended\n"));
	say("<4");
	cr_expect(strstr(heard(), "MESSAGE=node -7: <4\n"));
}

Test(worker_log, other_lines_have_the_node)
{
	static const char *const others[] = {
	    "<6>program: calc ended", "<6>calc[]: x",  "<6>[1]: x",
	    "<6>calc[1] x",           "<6>Calc[1]: x", "<6>calc[1x]: x"};

	begin_journal();
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		say(others[i]);
		cleanup_free char *wanted =
		    mem_format("PRIORITY=6\nSYSLOG_IDENTIFIER=dtreed\nMESSAGE=node -7: %s\n"
		               "DTREE_NODE=-7\n",
		               others[i] + 3);
		cr_expect_str_eq(heard(), wanted, "%s", others[i]);
	}
	cr_expect_str_eq(logged, "");
	/* Nor is one lost that the journal does not take. */
	close(journal);
	journal = -1;
	say("<6>calc[3130]: divided by zero");
	cr_expect_str_eq(logged, "dtreed: node -7: calc[3130]: divided by zero\n");
}
