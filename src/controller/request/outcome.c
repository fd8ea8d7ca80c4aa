/* Deep copies of outcomes. */
#include "controller/request/outcome.h"

#include <stdlib.h>

#include "base/mem.h"

struct outcome *outcome_copy(const struct outcome *o)
{
	struct outcome *copy = (struct outcome *)(void *)mem_copy(o, sizeof *o);

	if (o->ids)
		copy->ids = (int *)(void *)mem_copy(o->ids, o->id_count * sizeof *o->ids);
	if (o->result)
		copy->result = mem_copy(o->result, o->result_size);
	return copy;
}

void outcome_take_result(struct outcome *copy, struct buffer *b)
{
	/* Nothing was taken from its front: what is freed is what was allocated. */
	copy->result = b->data;
	copy->result_size = buffer_size(b);
	*b = (struct buffer){0};
}

void outcome_free(struct outcome *o)
{
	if (!o)
		return;
	free((void *)(uintptr_t)o->ids);
	free((void *)(uintptr_t)o->result);
	free(o);
}
