/* The table of built-in services, and the words for durability. Adding a service: one file with one
 * row, and a line each in rows.h and service.c. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <stddef.h>

#include "dtree/service.h"

/* The row of that name, or NULL. */
const struct dtree_service *service_find(const char *name);
/* Rows by number, for help texts; NULL past the last. */
const struct dtree_service *service_at(size_t i);
/* Its name; NULL past the last: a choice_fn. */
const char *service_name_at(size_t i);

/* "none", "process" or "full" to a durability: 0, or -1 for any other word. */
int durability_find(const char *name, enum dtree_durability *durability);
/* Words by number; NULL past the last. */
const char *durability_at(size_t i);

#endif
