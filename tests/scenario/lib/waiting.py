"""Waiting for conditions. Deadlines are generous: they only end a test that hangs."""

import os
import time

# How much slower than a normal build the programs are (sanitizers, valgrind).
SLOW = float(os.environ.get("DTREE_TEST_SLOW") or 1)
TIMEOUT = 20 * SLOW


class Late(AssertionError):
    """Something did not happen before its deadline."""

    def __init__(self, what):
        super().__init__(f"not in time: {what}")


def wait_until(condition, what, timeout=None):
    """Gives the first true value of condition()."""
    end = time.monotonic() + (TIMEOUT if timeout is None else timeout * SLOW)
    while True:
        late = time.monotonic() >= end
        value = condition()
        if value:
            return value
        if late:
            raise Late(what() if callable(what) else what)
        time.sleep(0.005)
