/*
 * clock_ms() can be set forward, for tests of times that must not be waited for. The program is
 * linked with -Wl,--wrap=clock_ms; libev's own clock goes on as it is.
 */
#ifndef LINK_TEST_FAKE_CLOCK_H
#define LINK_TEST_FAKE_CLOCK_H

#include <stdint.h>

void fake_clock_advance(int64_t ms);
/* It stands still from now on, until the test ends. */
void fake_clock_hold(void);

#endif
