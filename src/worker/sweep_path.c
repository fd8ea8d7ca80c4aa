/* Owns the words. */
#include "worker/sweep_path.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "wire/steps.h"

struct path_word {
	int child;
	bool done;        /* the child has said its last */
	struct message m; /* its payload is `bytes` */
	struct path_word *prev;
	struct path_word *next;
	char bytes[];
};

static void path_drop(struct sweep_path *p, struct path_word *word)
{
	DL_DELETE(p->words, word);
	p->count--;
	free(word);
}

void sweep_path_hold(struct sweep_path *p, int child, const struct message *m)
{
	struct path_word *word;

	if (m->payload_size > STEPS_MAX * STEP_SIZE)
		return;
	if (p->count == SWEEP_PATH_MAX)
		path_drop(p, p->words);
	word = mem_new(sizeof *word + m->payload_size);
	word->child = child;
	word->m = *m;
	if (m->payload_size)
		memcpy(word->bytes, m->payload, m->payload_size);
	word->m.payload = word->bytes;
	DL_APPEND(p->words, word);
	p->count++;
}

void sweep_path_last(struct sweep_path *p, int child)
{
	struct path_word *word;
	struct path_word *next;

	DL_FOREACH_SAFE (p->words, word, next) {
		if (word->done)
			path_drop(p, word);
		else
			word->done = word->child == child;
	}
}

void sweep_path_say(struct sweep_path *p, uint64_t number, reply_cache_answer_fn *say, void *arg)
{
	while (p->words) {
		say(arg, &p->words->m);
		path_drop(p, p->words);
	}
	say(arg, &(struct message){.type = MSG_TRACE,
	                           .request = number,
	                           .payload = buffer_bytes(&p->own),
	                           .payload_size = buffer_size(&p->own)});
}

void sweep_path_free(struct sweep_path *p)
{
	while (p->words)
		path_drop(p, p->words);
	buffer_free(&p->own);
}
