/* Lines by node. Invariant: at most one line for each node, the newest. */
#include "ctl/unheard.h"

#include <utlist.h>

void unheard_add(struct unheard *u, int id, struct buffer *line)
{
	struct unheard_loss *loss = mem_new(sizeof *loss);

	unheard_drop(u, id);
	loss->id = id;
	loss->line = *line;
	*line = (struct buffer){0};
	DL_APPEND(u->losses, loss);
}

static void loss_free(struct unheard *u, struct unheard_loss *loss)
{
	DL_DELETE(u->losses, loss);
	buffer_free(&loss->line);
	free(loss);
}

void unheard_drop(struct unheard *u, int id)
{
	struct unheard_loss *loss;

	DL_SEARCH_SCALAR(u->losses, loss, id, id);
	if (loss)
		loss_free(u, loss);
}

bool unheard_take(struct unheard *u, struct buffer *line)
{
	if (!u->losses)
		return false;
	*line = u->losses->line;
	u->losses->line = (struct buffer){0};
	loss_free(u, u->losses);
	return true;
}

void unheard_free(struct unheard *u)
{
	while (u->losses)
		loss_free(u, u->losses);
}
