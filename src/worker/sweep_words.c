/* Tallies of one word, or of none. Owns nothing. */
#include "worker/sweep_words.h"

#include "wire/tally.h"

void sweep_word_busy(int id, const struct message *m, struct buffer *bytes)
{
	struct tally tally = {.kind = (enum tally_kind)m->sweep.kind};

	if (tally.kind == TALLY_PING)
		tally_add_id(&tally, id);
	else
		tally_add_word(&tally, &(struct tally_word){.id = id, .kind = TALLY_BUSY});
	tally_write(&tally, bytes);
	tally_clear(&tally);
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
