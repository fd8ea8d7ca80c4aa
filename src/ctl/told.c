/* Which successful replies tell of nodes that are not well. Stateless. */
#include "ctl/told.h"

#include "ctl/member.h"

bool told_errors(const struct dtree_value *result)
{
	return dtree_value_first(result, "errors");
}

bool told_unfinished(const struct dtree_value *result)
{
	return told_errors(result) || dtree_value_first(result, "left");
}

bool told_unavailable(const struct dtree_value *result)
{
	return dtree_value_first(result, "unavailable");
}

bool told_reload(const struct dtree_value *result)
{
	return member_int(result, "failed") || dtree_value_first(result, "left");
}

bool told_ping(const struct dtree_value *result)
{
	bool available = true;

	dtree_value_bool(result, "available", &available);
	return !available;
}
