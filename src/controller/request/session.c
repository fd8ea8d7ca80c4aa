/* Owns sessions and their lanes. */
#include "controller/request/session.h"

#include <utlist.h>

#include "base/mem.h"

static void drop(struct sessions *all, struct session *s)
{
	DL_DELETE(all->list, s);
	lanes_free(&s->lanes);
	free(s);
}

struct session *sessions_add(struct sessions *all, struct controller *c)
{
	struct session *s = mem_new(sizeof *s);

	s->id = ++all->last;
	s->controller = c;
	DL_APPEND(all->list, s);
	all->open++;
	return s;
}

void sessions_close(struct sessions *all, struct session *s)
{
	s->closed = true;
	all->open--;
	if (!s->requests)
		drop(all, s);
}

void sessions_release(struct sessions *all, struct session *s)
{
	if (--s->requests == 0 && s->closed)
		drop(all, s);
}

void sessions_free(struct sessions *all)
{
	while (all->list)
		drop(all, all->list);
}
