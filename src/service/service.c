/* The table of built-in services, in the order of help texts. Constant. */
#include "service/service.h"

#include <string.h>

#include "base/mem.h"
#include "service/rows.h"

static const struct dtree_service *const rows[] = {
    &service_sum,
    &service_dict,
    &service_timer,
    &service_search,
};

const struct dtree_service *service_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

const struct dtree_service *service_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? rows[i] : NULL;
}
