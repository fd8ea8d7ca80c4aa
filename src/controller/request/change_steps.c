/* Owns request.did. */
#include "controller/request/change_steps.h"

#include <stdlib.h>

#include "base/mem.h"

void change_steps_keep(struct request *r, const struct steps *steps)
{
	uint64_t from = r->at.started ? r->at.started : r->at.submitted;
	struct steps kept = {0};

	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->items[i];
		steps_add(&kept, step->what, step->begin > from ? step->begin : from, step->end,
		          step->a, step->b);
	}
	free(r->did);
	r->did = NULL;
	if (!kept.count)
		return;
	r->did = mem_new(sizeof *r->did);
	*r->did = kept;
}

uint64_t change_steps_begin(const struct request *r, uint64_t otherwise)
{
	return r->did ? r->did->items[0].begin : otherwise;
}
