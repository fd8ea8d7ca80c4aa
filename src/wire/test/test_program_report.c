/* Reports and events of programs: what is written is read back, what does not add up is refused. */
#include "wire/program_report.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

TestSuite(program_report, .timeout = 60);

static struct buffer written(const struct program_report *report)
{
	struct buffer bytes = {0};

	program_report_write(report, &bytes);
	return bytes;
}

static int read_back(struct buffer *bytes, struct program_report *report)
{
	struct error err;
	int rc = program_report_read(buffer_bytes(bytes), buffer_size(bytes), report, &err);

	cr_assert(rc == 0 || err.code == ERR_PARSE);
	return rc;
}

Test(program_report, what_is_written_is_read)
{
	struct program_report report = {.state = PROGRAM_BACKING_OFF,
	                                .pid = INT_MAX,
	                                .running = UINT32_MAX,
	                                .starts = 3,
	                                .restarts = 2,
	                                .ends = 4,
	                                .started = INT64_MAX,
	                                .due = 1,
	                                .ended = 2,
	                                .ended_pid = 7,
	                                .used = {.user_ms = 5, .system_ms = 6, .most_kb = 8},
	                                .cause = "exit status 3 (no \xc3\xa4)",
	                                .events = UINT64_MAX,
	                                .probe = {.state = PROBE_FAILED,
	                                          .pid = 9,
	                                          .failures = UINT32_MAX,
	                                          .outages = 3,
	                                          .passed = INT64_MAX - 1,
	                                          .changed = 10,
	                                          .message = "no \xc3\xb6"}};
	struct program_report back;
	struct buffer bytes = written(&report);

	cr_assert_eq(read_back(&bytes, &back), 0);
	cr_assert_eq(back.state, report.state);
	cr_assert_eq(back.pid, report.pid);
	cr_assert_eq(back.running, report.running);
	cr_assert_eq(back.starts, report.starts);
	cr_assert_eq(back.restarts, report.restarts);
	cr_assert_eq(back.ends, report.ends);
	cr_assert_eq(back.started, report.started);
	cr_assert_eq(back.due, report.due);
	cr_assert_eq(back.ended, report.ended);
	cr_assert_eq(back.ended_pid, report.ended_pid);
	cr_assert_eq(back.events, report.events);
	cr_assert_eq(back.used.user_ms, 5);
	cr_assert_eq(back.used.system_ms, 6);
	cr_assert_eq(back.used.most_kb, 8);
	cr_assert_str_eq(back.cause, report.cause);
	cr_assert_eq(back.probe.state, PROBE_FAILED);
	cr_assert_eq(back.probe.pid, 9);
	cr_assert_eq(back.probe.failures, UINT32_MAX);
	cr_assert_eq(back.probe.outages, 3);
	cr_assert_eq(back.probe.passed, INT64_MAX - 1);
	cr_assert_eq(back.probe.changed, 10);
	cr_assert_str_eq(back.probe.message, report.probe.message);
	buffer_free(&bytes);
}

Test(program_report, the_longest_cause_fits_and_a_longer_one_is_refused)
{
	struct program_report report = {.state = PROGRAM_READY};
	struct program_report back;
	struct buffer bytes;

	memset(report.cause, 'x', sizeof report.cause - 1);
	bytes = written(&report);
	cr_assert_eq(read_back(&bytes, &back), 0);
	cr_assert_str_eq(back.cause, report.cause);
	buffer_add(&bytes, "x", 1);
	cr_assert_eq(read_back(&bytes, &back), -1);
	buffer_free(&bytes);
}

Test(program_report, what_does_not_add_up_is_refused)
{
	static const struct {
		const char *what;
		size_t at;
		char value;
	} cases[] = {
	    {"a state past the last", 0, PROGRAM_STATES},
	    {"a far one", 3, 1},
	    {"a pid below 0", 7, (char)0x80},
	    {"a start before time", 31, (char)0x80},
	    {"a due time below 0", 39, (char)0x80},
	    {"an end below 0", 47, (char)0x80},
	    {"its pid", 51, (char)0x80},
	    {"user time below 0", 67, (char)0x80},
	    {"system time below 0", 75, (char)0x80},
	    {"memory below 0", 83, (char)0x80},
	    {"a state of the probe past the last", 84, PROBE_STATES},
	    {"a pid of it below 0", 91, (char)0x80},
	    {"a time of it below 0", 107, (char)0x80},
	    {"another", 115, (char)0x80},
	    {"a message longer than all", 116, 100},
	    {"a far one", 119, 1},
	    {"a line end in it", 120, '\n'},
	    {"a NUL in the cause", 122, 0},
	    {"a line end in it", 122, '\n'},
	    {"DEL in it", 122, 0x7f},
	    {"half a character", 122, (char)0xc3},
	};
	struct program_report report = {.state = PROGRAM_READY,
	                                .cause = "signal 9",
	                                .probe = {.state = PROBE_FAILED, .message = "no"}};
	struct program_report back;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buffer bytes = written(&report);
		cr_assert_eq(read_back(&bytes, &back), 0);
		buffer_bytes(&bytes)[cases[i].at] = cases[i].value;
		cr_assert_eq(read_back(&bytes, &back), -1, "%s", cases[i].what);
		buffer_free(&bytes);
	}
}

Test(program_report, half_a_report_is_refused)
{
	struct program_report report = {.state = PROGRAM_READY};
	struct program_report back;
	struct buffer bytes = written(&report);

	for (size_t size = 0; size < buffer_size(&bytes); size++)
		cr_assert_eq(program_report_read(buffer_bytes(&bytes), size, &back, NULL), -1,
		             "%zu bytes", size);
	buffer_free(&bytes);
}

Test(program_report, types_of_events_are_short_words)
{
	static const char *const good[] = {"a", "disk-full", "Job_7.done", "urn:a/b"};
	static const char *const bad[] = {"", "7", "-a", "a b", "a\n", "\xc3\xa4", "a\"", "a\\"};
	char longest[EVENT_TYPE_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(event_type_valid(good[i], strlen(good[i])), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_not(event_type_valid(bad[i], strlen(bad[i])), "%s", bad[i]);
	cr_assert_not(event_type_valid("a\0b", 3));
	memset(longest, 'a', sizeof longest);
	cr_assert(event_type_valid(longest, EVENT_TYPE_MAX));
	cr_assert_not(event_type_valid(longest, EVENT_TYPE_MAX + 1));
}

Test(program_report, an_event_is_read_as_it_was_written)
{
	struct buffer bytes = {0};
	const char *type;
	const char *data;
	size_t size;

	event_payload_write("full", "[1,2]", 5, &bytes);
	cr_assert_eq(event_payload_read(buffer_bytes(&bytes), buffer_size(&bytes), &type, &data,
	                                &size, NULL),
	             0);
	cr_assert_str_eq(type, "full");
	cr_assert_eq(size, 5);
	cr_assert_arr_eq(data, "[1,2]", 5);
	buffer_free(&bytes);
}

Test(program_report, an_event_that_is_none_is_refused)
{
	const size_t too_long = 2 + EVENT_DATA_MAX + 1;
	cleanup_free char *large = mem_new(too_long);
	const char *type;
	const char *data;
	size_t size;

	cr_assert_eq(event_payload_read("", 0, &type, &data, &size, NULL), -1);
	cr_assert_eq(event_payload_read("full", 4, &type, &data, &size, NULL), -1);
	cr_assert_eq(event_payload_read("\0{}", 3, &type, &data, &size, NULL), -1);
	cr_assert_eq(event_payload_read("a b\0{}", 6, &type, &data, &size, NULL), -1);
	memset(large, '1', too_long);
	memcpy(large, "a", 2);
	cr_assert_eq(event_payload_read(large, too_long, &type, &data, &size, NULL), -1);
	cr_assert_eq(event_payload_read(large, too_long - 1, &type, &data, &size, NULL), 0);
	cr_assert_eq(size, EVENT_DATA_MAX);
}
