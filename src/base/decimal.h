/* Integers as decimal digits, without the locale and the cost of printf(3). */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdint.h>

/* For any int64_t and a NUL. */
#define DECIMAL_SIZE sizeof "-9223372036854775808"

/* Writes the number to the end of `text`, with a NUL behind it; gives its first byte. */
char *decimal_write(int64_t value, char text[DECIMAL_SIZE]);

#endif
