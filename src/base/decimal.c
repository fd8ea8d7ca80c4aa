/* Stateless. */
#include "base/decimal.h"

char *decimal_write(int64_t value, char text[DECIMAL_SIZE])
{
	char *p = text + DECIMAL_SIZE - 1;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	*p = '\0';
	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--p = '-';
	return p;
}
