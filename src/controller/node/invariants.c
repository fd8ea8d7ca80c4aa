/* Reads only. */
#include "controller/node/invariants.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/node/node.h"

const char *node_check_life(const struct node *n)
{
	CHECK(!n->removed);
	CHECK(n->life < LIFE_STATES);
	return NULL;
}

static bool is_kid_of(const struct node *n, const struct node *up)
{
	const struct node *kid;

	DL_FOREACH2(up->link.kids, kid, link.kid_next)
	{
		if (kid == n)
			return true;
	}
	return false;
}

const char *node_check_link(const struct node *n)
{
	const struct node *kid;

	CHECK(n->link.joined || !n->link.up);
	CHECK(!n->link.up || is_kid_of(n, n->link.up));
	DL_FOREACH2(n->link.kids, kid, link.kid_next)
	{
		CHECK(kid->link.joined && kid->link.up == n);
	}
	return NULL;
}

/* Not to the log: a thread writes it, which would not get to it. */
void check_assert(const char *what, const char *wrong)
{
	if (!wrong)
		return;
	fprintf(stderr, "dtreed: Assertion `%s' failed: %s\n", wrong, what);
	abort();
}

void node_assert(const struct node *n)
{
	const char *life = node_check_life(n);
	const char *wrong = life ? life : node_check_link(n);
	cleanup_free char *what = NULL;

	if (!wrong)
		return;
	what = mem_format("node %d, %s", n->id, life_name(n->life));
	check_assert(what, wrong);
}
