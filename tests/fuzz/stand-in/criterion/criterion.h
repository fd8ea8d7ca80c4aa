/* For the tests' fixtures in a fuzzer, where no test is run: what is not so ends the process. */
#ifndef TESTS_FUZZ_CRITERION_H
#define TESTS_FUZZ_CRITERION_H

#include <stdio.h>
#include <stdlib.h>

#define cr_assert(condition, ...) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)
#define cr_assert_eq(a, b, ...)      cr_assert((a) == (b))
#define cr_assert_lt(a, b, ...)      cr_assert((a) < (b))
#define cr_assert_leq(a, b, ...)     cr_assert((a) <= (b))
#define cr_assert_null(pointer, ...) cr_assert(!(pointer))
#define cr_assert_str_eq(a, b, ...)  cr_assert(strcmp((a), (b)) == 0)

#endif
