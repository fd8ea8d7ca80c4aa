/* The table of services: each row is whole, and found by its name. */
#include "service/service.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(service);

Test(service, rows_are_whole_and_found)
{
	size_t i;

	for (i = 0; service_at(i); i++) {
		const struct dtree_service *row = service_at(i);
		cr_assert_eq(row->abi, DTREE_SERVICE_ABI);
		cr_assert_eq(strspn(row->name, "abcdefghijklmnopqrstuvwxyz"), strlen(row->name));
		cr_assert(row->summary && row->usage, "%s", row->name);
		cr_assert(row->create && row->destroy && row->open && row->feed && row->finish &&
		              row->close,
		          "%s", row->name);
		cr_assert_eq(service_find(row->name), row);
	}
	cr_assert_eq(i, 4);
	cr_assert_null(service_at((size_t)-1));
}

Test(service, other_names_are_not_found)
{
	static const char *const wrong[] = {"", "su", "sums", "SUM", "sum ", "none"};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		cr_assert_null(service_find(wrong[i]), "'%s'", wrong[i]);
}

Test(service, durabilities_are_found_by_their_words)
{
	enum dtree_durability durability = DTREE_DURABILITY_NONE;

	cr_assert_eq(durability_find("full", &durability), 0);
	cr_assert_eq(durability, DTREE_DURABILITY_FULL);
	for (size_t i = 0; durability_at(i); i++) {
		cr_assert_eq(durability_find(durability_at(i), &durability), 0);
		cr_assert_eq((size_t)durability, i);
	}
	cr_assert_eq(durability_find("ful", &durability), -1);
	cr_assert_null(durability_at(3));
}
