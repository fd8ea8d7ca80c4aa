/* Deep copies of outcomes. */
#include "controller/request/outcome.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pieces.h"

static struct pieces outcome_pieces = {.size = sizeof(struct outcome)};

/* The text of an error is most of an outcome: where there is none it is not touched. */
static void outcome_assign(struct outcome *copy, const struct outcome *o)
{
	const size_t rest = offsetof(struct outcome, id);

	if (o->error.code != ERR_NONE) {
		*copy = *o;
		return;
	}
	copy->error.code = ERR_NONE;
	copy->error.outcome = OUTCOME_NONE;
	copy->error.retry_ms = 0;
	copy->error.text[0] = '\0';
	memcpy((char *)copy + rest, (const char *)o + rest, sizeof *o - rest);
}

struct outcome *outcome_copy(const struct outcome *o)
{
	struct outcome *copy = pieces_take(&outcome_pieces);

	outcome_assign(copy, o);
	if (o->ids)
		copy->ids = (int *)(void *)mem_copy(o->ids, o->id_count * sizeof *o->ids);
	if (o->result)
		copy->result = mem_copy(o->result, o->result_size);
	if (o->detail)
		copy->detail = mem_copy(o->detail, o->detail_size);
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
	free((void *)(uintptr_t)o->detail);
	pieces_give(&outcome_pieces, o);
}
