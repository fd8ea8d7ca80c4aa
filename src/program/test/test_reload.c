/* A service that is declared anew while its program works. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_fixture.h"

TestSuite(reload, .init = engine_set_up, .fini = engine_tear_down, .timeout = 60);

#define SHELL(text) "command", "/bin/sh -c '" text "'"
#define KEYS(...)   ((const char *const[]){__VA_ARGS__, NULL})
#define ARGS(...)   ((const char *const[]){__VA_ARGS__, NULL})

/* Answers each line; one that begins with "slow" when it was told to go on. */
#define SLOW_LINES(name) \
	SHELL("while read -r a b; do " \
	      "[ \"$a\" = slow ] && while [ ! -e \"$b\" ]; do sleep 0.01; done; " \
	      "echo " name " $a; done")

static char path[] = "/tmp/dtree-reload-XXXXXX";

static void let_go(void)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fclose(file);
}

/* What was killed may not be reaped yet; a program that goes on would never end. */
static void none_lives(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void begin_slow(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	unlink(path);
	engine_begin("lines", KEYS(SLOW_LINES("old")));
	engine_put(1, 0, ARGS("first"));
	engine_expect(1, ANSWER_DONE, "old first");
	engine_put(2, 0, ARGS("slow", path));
	engine_put(3, 0, ARGS("third"));
	engine_run(50);
}

Test(reload, what_has_begun_is_finished_and_what_waits_goes_to_the_new_program)
{
	begin_slow();
	engine_reload("lines", KEYS(SLOW_LINES("new")));
	engine_put(4, 0, ARGS("fourth"));
	engine_expect(4, ANSWER_DONE, "new fourth");
	engine_expect(3, ANSWER_DONE, "new third");
	cr_assert_not(given[2].here);
	let_go();
	engine_expect(2, ANSWER_DONE, "old slow");
	unlink(path);
	engine_put(5, 0, ARGS("fifth"));
	engine_expect(5, ANSWER_DONE, "new fifth");
	engine_end_in_order();
	none_lives();
}

Test(reload, the_protocol_may_be_another)
{
	begin_slow();
	engine_reload("run", KEYS("command", "/bin/echo ran"));
	engine_expect(3, ANSWER_DONE, "ran third");
	let_go();
	engine_expect(2, ANSWER_DONE, "old slow");
	unlink(path);
	engine_reload("lines", KEYS(SLOW_LINES("last")));
	engine_put(4, 0, ARGS("fourth"));
	engine_expect(4, ANSWER_DONE, "last fourth");
	engine_end_in_order();
}

Test(reload, what_the_former_program_has_is_cancelled_and_held_as_before)
{
	begin_slow();
	engine_reload("lines", KEYS(SLOW_LINES("new"), "stop-grace", "100"));
	engine_hold(engine, true);
	engine_hold(engine, false);
	engine_cancel(engine, 2);
	engine_expect(2, ANSWER_UNKNOWN, "cancelled");
	engine_expect(3, ANSWER_DONE, "new third");
	engine_end_in_order();
}

Test(reload, the_end_waits_for_what_a_former_program_has)
{
	begin_slow();
	engine_reload("lines", KEYS(SLOW_LINES("new")));
	engine_reload("lines", KEYS(SLOW_LINES("newest")));
	engine_expect(3, ANSWER_DONE, "new third");
	let_go();
	engine_end_in_order();
	engine_expect(2, ANSWER_DONE, "old slow");
	unlink(path);
}

Test(reload, all_is_freed_while_a_former_program_works)
{
	begin_slow();
	engine_reload("lines", KEYS(SLOW_LINES("new")));
	engine_free(engine);
	engine = NULL;
	none_lives();
}

/* Tells how far it has come, and answers when it was told to go on. */
#define SLOW_JSON(name) \
	SHELL("read -r a; printf \"{\\\\\"jsonrpc\\\\\":\\\\\"2.0\\\\\",\\\\\"method\\\\\":" \
	      "\\\\\"progress\\\\\",\\\\\"params\\\\\":{\\\\\"id\\\\\":1,\\\\\"done\\\\\":1}}" \
	      "\\\\n\"; " \
	      "while [ ! -e " name " ]; do sleep 0.01; done; " \
	      "echo \"{\\\\\"id\\\\\":1,\\\\\"result\\\\\":1}\"; read -r a")

Test(reload, one_that_has_just_told_of_its_progress_ends_as_others)
{
	cr_assert_not_null(mkdtemp(path));
	cr_assert_eq(chdir(path), 0);
	engine_begin("json", KEYS(SLOW_JSON("go")));
	engine_put(1, 0, ARGS("x"));
	while (!given[1].progresses)
		ev_run(engine_loop, EVRUN_ONCE);
	/* Within the time in which no further progress is told. */
	engine_reload("json", KEYS("command", "cat"));
	cr_assert_eq(fclose(fopen("go", "w")), 0);
	engine_expect(1, ANSWER_DONE, "1");
	engine_end_in_order();
	unlink("go");
	cr_assert_eq(chdir("/"), 0);
	rmdir(path);
}
