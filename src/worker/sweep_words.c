/* Tallies of one word, or of none. Owns nothing. */
#include "worker/sweep_words.h"

#include "base/mem.h"

void sweep_word_busy(int id, struct tally *tally)
{
	if (tally->kind == TALLY_PING)
		tally_add_id(tally, id);
	else
		tally_add_word(tally, &(struct tally_word){.id = id, .kind = TALLY_BUSY});
}

void sweep_word_decline(struct parent *from, const struct message *m)
{
	const struct tally nothing = {.kind = (enum tally_kind)m->sweep.kind};
	struct buffer bytes = {0};

	if (m->sweep.kind >= TALLY_KINDS)
		return;
	tally_write(&nothing, &bytes);
	/* The message is for this node: it names it. */
	parent_send(from, &(struct message){.type = MSG_SWEPT,
	                                    .flags = FLAG_LAST,
	                                    .node = m->node,
	                                    .incarnation = m->incarnation,
	                                    .request = m->request,
	                                    .payload = buffer_bytes(&bytes),
	                                    .payload_size = buffer_size(&bytes)});
	buffer_free(&bytes);
}
