/* See numbers.h. */
#include "sim/numbers.h"

#include <stdlib.h>

#include "base/mem.h"

size_t numbers_add(struct numbers *numbers, void *item)
{
	if (numbers->count == numbers->room) {
		numbers->room = numbers->room ? 2 * numbers->room : 256;
		numbers->items = mem_resize(numbers->items, numbers->room * sizeof *numbers->items);
	}
	numbers->items[numbers->count] = item;
	return numbers->count++;
}

void numbers_free(struct numbers *numbers)
{
	for (size_t i = 0; i < numbers->count; i++)
		free(numbers->items[i]);
	free(numbers->items);
	*numbers = (struct numbers){0};
}
