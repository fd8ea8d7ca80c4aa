/* How an end is told. */
#include "program/subprocess_end.h"

#include <criterion/criterion.h>

TestSuite(subprocess_end, .timeout = 60);

Test(subprocess_end, an_exit_has_its_status)
{
	const siginfo_t info = {.si_code = CLD_EXITED, .si_status = 3};
	const struct rusage used = {
	    .ru_utime = {1, 500000}, .ru_stime = {0, 1999}, .ru_maxrss = 77};
	struct subprocess_end end = subprocess_end_of(&info, &used);

	cr_assert(!end.ok);
	cr_assert_eq(end.status, 3);
	cr_assert_eq(end.signal, 0);
	cr_assert_str_eq(end.cause, "exit status 3");
	cr_assert_eq(end.used.user_ms, 1500);
	cr_assert_eq(end.used.system_ms, 1);
	cr_assert_eq(end.used.most_kb, 77);
}

Test(subprocess_end, status_0_is_success)
{
	const siginfo_t info = {.si_code = CLD_EXITED};

	cr_assert(subprocess_end_of(&info, &(struct rusage){0}).ok);
}

Test(subprocess_end, a_signal_is_no_status)
{
	const siginfo_t info = {.si_code = CLD_DUMPED, .si_status = SIGSEGV};
	struct subprocess_end end = subprocess_end_of(&info, &(struct rusage){0});

	cr_assert(!end.ok);
	cr_assert_eq(end.status, -1);
	cr_assert_eq(end.signal, SIGSEGV);
	cr_assert_str_eq(end.cause, "signal 11");
}
