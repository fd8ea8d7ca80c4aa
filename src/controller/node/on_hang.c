/* The table of words. Stateless. */
#include "controller/node/on_hang.h"

#include <string.h>

#include "base/choice.h"
#include "base/mem.h"

static const char *const words[] = {"report", "restart"};

int on_hang_parse(const char *name, enum on_hang *on_hang, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], name) == 0) {
			*on_hang = (enum on_hang)(i + ON_HANG_REPORT);
			return 0;
		}
	return choice_refuse("on_hang", name, on_hang_name_at, err);
}

const char *on_hang_name_at(size_t i)
{
	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

const char *on_hang_name(enum on_hang on_hang)
{
	return on_hang == ON_HANG_UNSET ? NULL : words[on_hang - ON_HANG_REPORT];
}
