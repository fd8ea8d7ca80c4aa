/* Owns the time by which the clock is ahead. */
#include "link/test/fake_clock.h"

int64_t __real_clock_ms(void);
int64_t __wrap_clock_ms(void);

static int64_t ahead;

int64_t __wrap_clock_ms(void)
{
	return __real_clock_ms() + ahead;
}

void fake_clock_advance(int64_t ms)
{
	ahead += ms;
}
