/* Entries of reports: written entries are read back, and inconsistent ones are refused. */
#include "wire/report.h"

#include <criterion/criterion.h>

TestSuite(report, .timeout = 60);

Test(report, what_is_written_is_read)
{
	const struct report_entry some[] = {
	    {.id = -7, .incarnation = 1, .generation = 1, .state = REPORT_HERE},
	    {.id = INT32_MAX,
	     .incarnation = UINT32_MAX,
	     .generation = UINT64_MAX,
	     .state = REPORT_LEFT},
	    {.id = 10, .incarnation = 3, .generation = 5, .state = REPORT_SILENT, .silent_ms = 400},
	};
	struct buffer bytes = {0};
	struct error err;
	size_t count;

	for (size_t i = 0; i < 3; i++)
		report_write(&some[i], &bytes);
	cr_assert_eq(report_check(buffer_bytes(&bytes), buffer_size(&bytes), &count, &err), 0);
	cr_assert_eq(count, 3);
	for (size_t i = 0; i < count; i++) {
		struct report_entry entry = report_read(buffer_bytes(&bytes), i);
		cr_assert_eq(entry.id, some[i].id);
		cr_assert_eq(entry.incarnation, some[i].incarnation);
		cr_assert_eq(entry.generation, some[i].generation);
		cr_assert_eq(entry.state, some[i].state);
		cr_assert_eq(entry.silent_ms, some[i].silent_ms);
	}
	buffer_free(&bytes);
}

Test(report, nothing_is_a_report_of_no_children)
{
	struct error err;
	size_t count = 1;

	cr_assert_eq(report_check(NULL, 0, &count, &err), 0);
	cr_assert_eq(count, 0);
}

Test(report, what_does_not_add_up_is_refused)
{
	char bytes[2 * REPORT_ENTRY] = {0};
	struct error err;
	size_t count;

	for (size_t size = 1; size < sizeof bytes; size++) {
		if (size % REPORT_ENTRY == 0)
			continue;
		cr_assert_eq(report_check(bytes, size, &count, &err), -1);
		cr_assert_eq(err.code, ERR_PARSE);
	}
	bytes[REPORT_ENTRY + 16] = REPORT_STATES;
	cr_assert_eq(report_check(bytes, sizeof bytes, &count, &err), -1);
	bytes[REPORT_ENTRY + 16] = 0;
	bytes[19] = 1;
	cr_assert_eq(report_check(bytes, sizeof bytes, &count, &err), -1);
}
