/* The tables of built-in services, in the order of help texts, and of durabilities. Constant. */
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

const char *service_name_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? rows[i]->name : NULL;
}

static const char *const durabilities[] = {
    [DTREE_DURABILITY_NONE] = "none",
    [DTREE_DURABILITY_PROCESS] = "process",
    [DTREE_DURABILITY_FULL] = "full",
};

int durability_find(const char *name, enum dtree_durability *durability)
{
	for (size_t i = 0; i < ARRAY_SIZE(durabilities); i++)
		if (strcmp(durabilities[i], name) == 0) {
			*durability = (enum dtree_durability)i;
			return 0;
		}
	return -1;
}

const char *durability_at(size_t i)
{
	return i < ARRAY_SIZE(durabilities) ? durabilities[i] : NULL;
}
