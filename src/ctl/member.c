#include "ctl/member.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

const struct dtree_value *member_find(const struct dtree_value *object, const char *name)
{
	const struct dtree_value *member = dtree_value_first(object, NULL);

	for (; member; member = dtree_value_next(member)) {
		/* Those of an array have none. */
		const char *its = dtree_value_name(member);
		if (its && strcmp(its, name) == 0)
			break;
	}
	return member;
}

long long member_int(const struct dtree_value *object, const char *name)
{
	long long n = 0;

	dtree_value_int(object, name, &n);
	return n;
}

bool member_bool(const struct dtree_value *object, const char *name)
{
	bool yes = false;

	dtree_value_bool(object, name, &yes);
	return yes;
}

char *member_text(const struct dtree_value *object, const char *name, const char *otherwise)
{
	size_t n;
	const char *text = dtree_value_string(object, name, &n);

	return text ? parse_printable(text, n, SIZE_MAX) : mem_string(otherwise);
}
