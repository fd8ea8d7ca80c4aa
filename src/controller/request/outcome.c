/* Deep copies of outcomes. */
#include "controller/request/outcome.h"

#include <stdlib.h>

#include "base/mem.h"

struct outcome *outcome_copy(const struct outcome *o)
{
	struct outcome *copy = mem_new(sizeof *copy);

	*copy = *o;
	if (o->ids)
		copy->ids = (int *)(void *)mem_copy(o->ids, o->id_count * sizeof *o->ids);
	if (o->result)
		copy->result = mem_copy(o->result, o->result_size);
	return copy;
}

void outcome_free(struct outcome *o)
{
	if (!o)
		return;
	free((void *)(uintptr_t)o->ids);
	free((void *)(uintptr_t)o->result);
	free(o);
}
