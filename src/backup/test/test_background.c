#include "backup/background.h"

#include <criterion/criterion.h>

TestSuite(background, .timeout = 60);

Test(background, a_pause_is_three_times_what_was_worked)
{
	cr_expect_eq(background_pause_us(100, 0), 300);
	cr_expect_eq(background_pause_us(5000, 0), 15000);
}

Test(background, behind_little_there_is_none)
{
	cr_expect_eq(background_pause_us(0, 0), 0);
	cr_expect_eq(background_pause_us(99, 0), 0);
}

Test(background, a_wait_for_a_processor_is_a_pause)
{
	cr_expect_eq(background_pause_us(100, 200), 100);
	cr_expect_eq(background_pause_us(100, 300), 0);
	cr_expect_eq(background_pause_us(100, 1000000), 0);
}
