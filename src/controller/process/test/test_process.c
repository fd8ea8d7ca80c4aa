/* Processes that are started here. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "controller/process/test/process_fixture.h"

TestSuite(process, .init = set_up, .fini = tear_down, .timeout = 60);

Test(process, its_end_is_told_with_its_cause)
{
	process_let_go(start("read gate; exit 3"));
	await(1);
	cr_assert_str_eq(seen.cause, "exit status 3");
	cr_assert_eq(seen.tag.node, 7);
}

Test(process, it_waits_at_its_gate)
{
	struct process *p = start("read -n 1 gate 2>/dev/null || read gate; exit 4");

	cr_assert_eq(seen.count, 0);
	process_let_go(p);
	await(1);
	cr_assert_str_eq(seen.cause, "exit status 4");
}
