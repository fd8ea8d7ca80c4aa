/* Members of results, as their text form shows them. Stateless. */
#ifndef CTL_MEMBER_H
#define CTL_MEMBER_H

#include <stdbool.h>

#include "dtree/client.h"

/* An object, or anything else, by its name; NULL: it is missing. */
const struct dtree_value *member_find(const struct dtree_value *object, const char *name);
/* 0, or false, where it is missing. */
long long member_int(const struct dtree_value *object, const char *name);
bool member_bool(const struct dtree_value *object, const char *name);
/* Its text, with what is not printable escaped; `otherwise` where it is missing. New memory. */
char *member_text(const struct dtree_value *object, const char *name, const char *otherwise);

#endif
