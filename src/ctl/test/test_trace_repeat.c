/* The table of a request that was made many times. */
#include "ctl/trace_repeat.h"

#include <criterion/criterion.h>

#include "ctl/test/trace_hand.h"

TestSuite(trace_repeat, .timeout = 60);

#define RUNS 200

/* The n-th run: its service takes n us, its second step of the same name 1 us, and every fourth run
 * waits. The worker is another process in each. */
static struct trace run_of(int n)
{
	struct trace_span spans[5];
	size_t count = 0;

	spans[count++] =
	    hand_span("exec", SPENT_CONTROL, TRACE_NO_NODE, 0, 10000 + 1000 * n, HAND_NONE);
	spans[count++] = hand_span("sum", SPENT_SERVICE, 3, 5000, 5000 + 1000 * n, 0);
	if (n % 4 == 0)
		spans[count++] = hand_span("queue", SPENT_QUEUE, 3, 5000, 5000 + 500 * n, 1);
	spans[count++] = hand_span("sum", SPENT_SERVICE, 3, 6000 + 1000 * n, 7000 + 1000 * n, 0);
	for (size_t i = 1; i < count; i++)
		spans[i].pid = 2000 + n;
	return hand_trace(spans, count);
}

static char *table_of(size_t runs, bool json)
{
	struct trace traces[RUNS];
	const struct trace *list[RUNS];
	struct buffer out = {0};

	for (size_t i = 0; i < runs; i++) {
		/* Not in the order of their times. */
		traces[i] = run_of((int)((i * 37) % runs) + 1);
		list[i] = &traces[i];
	}
	trace_repeat_write(&out, list, runs, json);
	buffer_add(&out, "", 1);
	for (size_t i = 0; i < runs; i++)
		trace_clear(&traces[i]);
	return out.data;
}

Test(trace_repeat, a_step_has_its_median_its_99th_percentile_and_its_own_time)
{
	cleanup_free char *text = table_of(RUNS, false);

	cr_assert_str_eq(text,
	                 " median us     p99 us     own us\n"
	                 "     110.0      208.0        9.0  exec (dtreed)\n"
	                 "     100.0      198.0       80.0    sum (worker 3)\n"
	                 "      50.0      100.0       50.0      queue (worker 3), in 50 of 200\n"
	                 "       1.0        1.0        1.0    sum (worker 3)\n"
	                 "     110.0      208.0      110.0  total of 200: control 8 %, queue "
	                 "12 %, service 80 %\n");
}

Test(trace_repeat, of_one_run_the_numbers_are_its_own)
{
	cleanup_free char *text = table_of(1, false);

	cr_assert_str_eq(text,
	                 " median us     p99 us     own us\n"
	                 "      11.0       11.0        9.0  exec (dtreed)\n"
	                 "       1.0        1.0        1.0    sum (worker 3)\n"
	                 "       1.0        1.0        1.0    sum (worker 3)\n"
	                 "      11.0       11.0       11.0  total of 1: control 82 %, service "
	                 "18 %\n");
}

Test(trace_repeat, as_json_it_is_one_object_on_one_line)
{
	cleanup_free char *text = table_of(4, true);

#define STEP(name, kind, rest) \
	"{\"name\":\"" name "\",\"kind\":\"" kind "\",\"process\":\"worker\",\"node\":3," rest "}"
	cr_assert_str_eq(
	    text,
	    "{\"runs\":4,\"total\":{\"median_ns\":12000,\"p99_ns\":14000},\"steps\":["
	    "{\"name\":\"exec\",\"kind\":\"control\",\"process\":\"dtreed\",\"runs\":4,"
	    "\"median_ns\":12000,\"p99_ns\":14000,\"own_median_ns\":9000,\"own_p99_ns\":9000}"
	    "," STEP(
	        "sum", "service",
	        "\"parent\":0,\"runs\":4,\"median_ns\":2000,\"p99_ns\":4000,"
	        "\"own_median_ns\":2000,\"own_p99_ns\":3000") "," STEP("queue", "queue",
	                                                               "\"parent\":1,"
	                                                               "\"runs\":1,\"median_"
	                                                               "ns\":2000,\"p99_ns\":"
	                                                               "2000,"
	                                                               "\"own_median_ns\":"
	                                                               "2000,\"own_p99_ns\":"
	                                                               "2000") "," STEP("sum",
	                                                                                "serv"
	                                                                                "ice",
	                                                                                "\"pa"
	                                                                                "rent"
	                                                                                "\":"
	                                                                                "0,"
	                                                                                "\"ru"
	                                                                                "ns\""
	                                                                                ":4,"
	                                                                                "\"me"
	                                                                                "dian"
	                                                                                "_ns"
	                                                                                "\":"
	                                                                                "1000"
	                                                                                ",\"p"
	                                                                                "99_"
	                                                                                "ns\""
	                                                                                ":100"
	                                                                                "0,"
	                                                                                "\"ow"
	                                                                                "n_"
	                                                                                "medi"
	                                                                                "an_"
	                                                                                "ns\""
	                                                                                ":100"
	                                                                                "0,"
	                                                                                "\"ow"
	                                                                                "n_"
	                                                                                "p99_"
	                                                                                "ns\""
	                                                                                ":100"
	                                                                                "0") "],"
	                                                                                     "\"sha"
	                                                                                     "res\""
	                                                                                     ":{"
	                                                                                     "\"con"
	                                                                                     "trol"
	                                                                                     "\":"
	                                                                                     "9000,"
	                                                                                     "\"que"
	                                                                                     "ue\":"
	                                                                                     "500,"
	                                                                                     "\"ser"
	                                                                                     "vice"
	                                                                                     "\":"
	                                                                                     "3000}"
	                                                                                     "}\n");
}
