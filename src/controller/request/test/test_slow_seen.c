/* What of that which was seen of a slow request is told as a cause. */
#include "controller/request/slow_seen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* 100 ms, in which nobody had to wait for anything. */
static struct slow_seen quiet(void)
{
	return (struct slow_seen){.ns = 100 * MS,
	                          .count = 4,
	                          .processes = {{.part = SLOW_DTREED, .pid = 640},
	                                        {.part = SLOW_PROGRAM, .node = 7, .pid = 712},
	                                        {.part = SLOW_NODE, .node = 7, .pid = 711},
	                                        {.part = SLOW_WAY, .node = 3, .pid = 651}}};
}

static void says(const struct slow_seen *seen, enum step_what step, const char *expected)
{
	char why[256] = "why";

	slow_seen_say(seen, step, why, sizeof why);
	cr_expect(strncmp(why, "why", 3) == 0);
	cr_expect_str_eq(why + 3, expected);
}

Test(slow_seen, where_nothing_explains_it_nothing_is_told)
{
	struct slow_seen seen = quiet();

	says(&seen, STEP_NODE, "");
	seen.stall = TCP_STALL_PEER;
	says(&seen, STEP_LINK_DOWN, "");
	/* It was not looked at. */
	says(&(struct slow_seen){0}, STEP_NODE, "");
}

Test(slow_seen, who_had_no_processor_is_named)
{
	struct slow_seen seen = quiet();

	seen.processes[1].used.wait_ns = 30 * MS;
	says(&seen, STEP_PROGRAM,
	     "; program 712 of node 7 had no processor for 30 of the last 100 ms");
	/* It is not at work there. */
	says(&seen, STEP_SERVICE, "");
	says(&seen, STEP_LANE, "");
	seen.processes[2].used.wait_ns = 40 * MS;
	says(&seen, STEP_QUEUE,
	     "; process 711 of node 7 had no processor for 40 of the last 100 ms");
	seen.processes[3].used.wait_ns = 50 * MS;
	says(&seen, STEP_LINK_UP,
	     "; process 651 of node 3 had no processor for 50 of the last 100 ms");
	/* Two threads of it waited at once. */
	seen.processes[0].used.wait_ns = 150 * MS;
	says(&seen, STEP_NODE, "; dtreed had no processor for 100 of the last 100 ms");
	says(&seen, STEP_READ, "; dtreed had no processor for 100 of the last 100 ms");
}

Test(slow_seen, what_is_a_small_part_of_the_time_is_no_cause)
{
	struct slow_seen seen = quiet();

	seen.processes[1].used.wait_ns = 20 * MS;
	seen.processes[1].used.major = 10;
	seen.processes[1].used.minor = 20000;
	says(&seen, STEP_PROGRAM, "");
}

Test(slow_seen, page_faults_are_named)
{
	struct slow_seen seen = quiet();

	seen.processes[2].used.minor = 60000;
	says(&seen, STEP_SERVICE,
	     "; process 711 of node 7 had 60000 page faults in the last 100 ms");
	seen.processes[1].used.major = 500;
	says(&seen, STEP_PROGRAM,
	     "; program 712 of node 7 had 500 page faults that read from a disk, in the last 100 "
	     "ms");
	seen.processes[1].used.wait_ns = 90 * MS;
	says(&seen, STEP_PROGRAM,
	     "; program 712 of node 7 had no processor for 90 of the last 100 ms");
}

Test(slow_seen, a_link_that_is_held_up_comes_first)
{
	struct slow_seen seen = quiet();
	char why[512] = "";

	seen.processes[3].used.wait_ns = 50 * MS;
	seen.stall = TCP_STALL_NAGLE;
	seen.stalled = 3;
	slow_seen_say(&seen, STEP_LINK_DOWN, why, sizeof why);
	cr_expect(strstr(why, "; on the link of node 3 to its parent, downwards: the end of a "),
	          "%s", why);
	cr_expect(strstr(why, "TCP_NODELAY"));
	seen.stalled_up = true;
	why[0] = '\0';
	slow_seen_say(&seen, STEP_NODE, why, sizeof why);
	cr_expect(strstr(why, "upwards"), "%s", why);
	/* A service has no link, and this one holds up nothing that goes down. */
	says(&seen, STEP_SERVICE, "");
	seen.processes[3].used.wait_ns = 0;
	says(&seen, STEP_LINK_DOWN, "");
}

Test(slow_seen, what_has_no_room_is_cut)
{
	struct slow_seen seen = quiet();
	char why[16] = "why";

	seen.processes[0].used.wait_ns = 90 * MS;
	slow_seen_say(&seen, STEP_READ, why, sizeof why);
	cr_expect_str_eq(why, "why; dtreed had");
}
