/* The tables of counts keep their bounds, and lose nothing. */
#include "controller/request/metrics.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

TestSuite(metrics, .timeout = 60);

Test(metrics, a_kind_has_its_errors_bytes_and_times)
{
	struct metrics *m = metrics_new();
	struct metrics_kind *kind = metrics_kind(m, "exec");

	metrics_kind_add(kind, ERR_NONE, 10, 3, 40000);
	metrics_kind_add(kind, ERR_NOT_FOUND, 5, 0, 60000);
	metrics_kind_add(metrics_kind(m, "exec"), ERR_NOT_FOUND, 5, 0, 60000);
	cr_assert_eq(m->kind_count, 1);
	cr_assert_eq(kind->args_bytes, 20);
	cr_assert_eq(kind->result_bytes, 3);
	cr_assert_eq(kind->error_count, 1);
	cr_assert_eq(kind->errors[0].code, ERR_NOT_FOUND);
	cr_assert_eq(kind->errors[0].count, 2);
	cr_assert_eq(kind->took.buckets[0], 1);
	cr_assert_eq(kind->took.buckets[1], 2);
	metrics_free(m);
}

Test(metrics, errors_of_more_codes_than_there_is_room_count_as_internal)
{
	struct metrics *m = metrics_new();
	struct metrics_kind *kind = metrics_kind(m, "exec");
	uint64_t count = 0;

	for (int code = -1; code >= -100; code--)
		metrics_kind_add(kind, code, 0, 0, 1);
	cr_assert_eq(kind->error_count, METRICS_ERRORS);
	cr_assert_eq(kind->errors[0].code, -1);
	cr_assert_eq(kind->errors[METRICS_ERRORS - 1].code, ERR_INTERNAL);
	for (size_t i = 0; i < METRICS_ERRORS; i++)
		count += kind->errors[i].count;
	cr_assert_eq(count, 100);
	metrics_free(m);
}

Test(metrics, services_beyond_the_bound_share_a_row)
{
	struct metrics *m = metrics_new();
	static char names[100][24];

	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof names[i], "service%d", i);
		histogram_add(&metrics_service(m, names[i])->took, 1);
		histogram_add(&metrics_service(m, names[i])->took, 1);
	}
	cr_assert_eq(m->service_count, METRICS_SERVICES);
	cr_assert_str_eq(m->services[0].name, "service0");
	cr_assert_eq(m->services[0].took.buckets[0], 2);
	cr_assert_str_eq(m->services[METRICS_SERVICES - 1].name, METRICS_OTHERS);
	cr_assert_eq(m->services[METRICS_SERVICES - 1].took.buckets[0],
	             2 * (100 - (METRICS_SERVICES - 1)));
	metrics_free(m);
}

Test(metrics, each_step_has_its_own_times)
{
	struct metrics *m = metrics_new();
	struct metrics_service *service = metrics_service(m, "sum");
	struct steps steps = {0};

	steps_add(&steps, STEP_QUEUE, 100, 200, 0, 0);
	steps_add(&steps, STEP_SERVICE, 200, 80200, 0, 0);
	metrics_service_add(service, &steps);
	cr_assert_eq(service->steps[STEP_QUEUE]->sum_ns, 100);
	cr_assert_eq(service->steps[STEP_SERVICE]->buckets[1], 1);
	cr_assert_null(service->steps[STEP_COMMIT]);
	metrics_free(m);
}
