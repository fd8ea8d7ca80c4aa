/* What the kernel says of processes. */
#include "base/proc_stat.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/parse.h"

TestSuite(proc_stat, .timeout = 60);

static int64_t number(const char *fields, int field)
{
	const char *at = proc_stat_field(fields, field);
	int64_t value;

	cr_assert_not_null(at);
	cr_assert_eq(parse_int64(at, strspn(at, "0123456789"), &value), 0);
	return value;
}

Test(proc_stat, names_its_fields_by_number_whatever_the_process_is_called)
{
	char text[PROC_STAT_SIZE];
	const char *fields;

	prctl(PR_SET_NAME, "a) S 1 (b");
	fields = proc_stat_read(getpid(), text);
	cr_assert_not_null(fields);
	cr_assert_eq(*proc_stat_field(fields, PROC_STAT_STATE), 'R');
	cr_assert_eq(number(fields, 4), getppid());
	cr_assert_gt(number(fields, PROC_STAT_START), 0);
	cr_assert_null(proc_stat_field(fields, 1000));
}

Test(proc_stat, knows_one_that_is_stopped_one_that_has_ended_and_none)
{
	char text[PROC_STAT_SIZE];
	const char *fields;
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0) {
		raise(SIGSTOP);
		_exit(3);
	}
	waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT);
	cr_assert_eq(*proc_stat_read(pid, text), 'T');
	kill(pid, SIGCONT);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	fields = proc_stat_read(pid, text);
	cr_assert_eq(*fields, 'Z');
	cr_assert_eq(number(fields, PROC_STAT_EXIT_CODE), 3 << 8);
	waitpid(pid, NULL, 0);
	cr_assert_null(proc_stat_read(pid, text));
	cr_assert_null(proc_stat_field(NULL, PROC_STAT_START));
}
