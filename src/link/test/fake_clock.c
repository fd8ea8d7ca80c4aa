/* Owns the time by which the clock is ahead, and the one at which it stands still. */
#include "link/test/fake_clock.h"

int64_t __real_clock_ms(void);
int64_t __wrap_clock_ms(void);

static int64_t ahead;
static int64_t held; /* 0: it goes on */

int64_t __wrap_clock_ms(void)
{
	return (held ? held : __real_clock_ms()) + ahead;
}

void fake_clock_advance(int64_t ms)
{
	ahead += ms;
}

void fake_clock_hold(void)
{
	held = __real_clock_ms();
}
