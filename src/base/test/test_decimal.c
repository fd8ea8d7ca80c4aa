/* Integers as decimal digits. */
#include "base/decimal.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

TestSuite(decimal, .timeout = 60);

Test(decimal, every_length_is_written_as_printf_writes_it)
{
	const uint64_t beside[] = {0, 1, 9, UINT64_MAX, (uint64_t)INT64_MAX, (uint64_t)INT64_MIN};
	char text[DECIMAL_SIZE];
	char wanted[DECIMAL_SIZE];

	for (uint64_t power = 1; power <= UINT64_C(1000000000000000000); power *= 10)
		for (size_t i = 0; i < ARRAY_SIZE(beside); i++)
			for (int sign = 0; sign < 2; sign++) {
				uint64_t size = power + beside[i];
				int64_t value = (int64_t)(sign ? -size : size);
				const char *found = decimal_write(value, text);
				snprintf(wanted, sizeof wanted, "%" PRId64, value);
				cr_assert_str_eq(found, wanted);
				cr_assert_eq(found + strlen(found), text + DECIMAL_SIZE - 1);
			}
}
