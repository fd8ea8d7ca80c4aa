/* Stateless, but for what it is given. */
#include "controller/node/after_ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

void after_set(struct node_after *after, const int *ids, size_t count)
{
	after_free(after);
	if (!count)
		return;
	after->ids = mem_new_array(count, sizeof *ids);
	memcpy(after->ids, ids, count * sizeof *ids);
	after->count = count;
}

void after_free(struct node_after *after)
{
	free(after->ids);
	after->ids = NULL;
	after->count = 0;
}

bool after_same(const struct node_after *after, const int *ids, size_t count)
{
	return after->count == count &&
	       (!count || memcmp(after->ids, ids, count * sizeof *ids) == 0);
}

void after_text(const struct node_after *after, char text[AFTER_TEXT])
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < after->count; i++)
		at += (size_t)snprintf(text + at, AFTER_TEXT - at, "%s%d", i ? "," : "",
		                       after->ids[i]);
}

int after_parse(const char *text, int ids[AFTER_MAX], size_t *count, struct error *err)
{
	*count = 0;
	while (*text) {
		size_t n = strcspn(text, ",");

		if (*count == AFTER_MAX)
			return error_set(err, ERR_PARAMS, "after has more than %d nodes",
			                 AFTER_MAX);
		if (parse_id(text, n, "after", &ids[(*count)++], err))
			return -1;
		text += n + (text[n] == ',');
	}
	return 0;
}
