/* Asks for the tree. Owns nothing. */
#include "ctl/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/choice.h"
#include "base/mem.h"
#include "ctl/member.h"

/* So long the user waits, who has an answer already. */
#define NEAR_MS 500
/* A shorter id is like too many others. */
#define NEAR_ID 3

/* The names of the nodes, or their ids: new memory, as each of them. */
static char **near_words(const struct dtree_value *tree, bool named, size_t *count)
{
	const struct dtree_value *first = dtree_value_first(tree, "nodes");
	char **words;
	size_t most = 0;

	*count = 0;
	for (const struct dtree_value *n = first; n; n = dtree_value_next(n))
		most++;
	words = mem_new_array(most + 1, sizeof *words);
	for (const struct dtree_value *n = first; n; n = dtree_value_next(n)) {
		const char *name = dtree_value_string(n, "name", NULL);
		if (named && name)
			words[(*count)++] = mem_string(name);
		else if (!named)
			words[(*count)++] = mem_format("%lld", member_int(n, "id"));
	}
	return words;
}

/* New memory; NULL: none. */
static char *near_node(struct dtree_client *client, const char *node)
{
	bool named = *node == '@';
	const char *text = node + named;
	struct dtree_reply *reply;
	const char *near;
	char *found;
	char **words;
	size_t count;

	if (!named && strlen(text) < NEAR_ID)
		return NULL;
	reply = dtree_client_call(client, dtree_request_new("tree"), NEAR_MS, NULL);
	if (!reply || dtree_reply_code(reply) != DTREE_OK) {
		dtree_reply_free(reply);
		return NULL;
	}
	words = near_words(dtree_reply_result(reply), named, &count);
	dtree_reply_free(reply);
	near = choice_nearest_of(text, strlen(text), (const char *const *)words, count);
	found = near ? mem_format("%s%s", named ? "@" : "", near) : NULL;
	while (count)
		free(words[--count]);
	free(words);
	return found;
}

void near_tell(struct dtree_client *client, const char *node)
{
	cleanup_free char *near = isatty(STDERR_FILENO) ? near_node(client, node) : NULL;

	if (near)
		fprintf(stderr, "dtreectl: did you mean %s?\n", near);
}
