/*
 * Owns node.reload. Invariant: a node with a revision has a process and is in one of two lists:
 * `to_tell`, and `told`, the first of which was told the longest ago. The timer runs while there is
 * any.
 */
#include "controller/overlay/reload_word.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/node/invariants.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/route.h"
#include "loop/deferred.h"
#include "loop/timer.h"

/* Nodes that are told in a turn of the loop, and that have not answered. */
#define RELOADS_A_TURN  16
#define RELOADS_AT_ONCE 32
/* A node that has not answered by then is told again. */
#define RELOAD_AGAIN_MS 1000
/* How much of a reason is logged. */
#define SHOWN 512

struct reload_words {
	uint64_t revision;
	struct node *to_tell; /* utlist, by reload.prev */
	struct node *told;
	size_t told_count;
	struct deferred soon;
	struct timer again;
};

static void reload_list(struct reload_words *w, struct node *n, bool told)
{
	n->reload.is_told = told;
	if (told)
		DL_APPEND2(w->told, n, reload.prev, reload.next);
	else
		DL_APPEND2(w->to_tell, n, reload.prev, reload.next);
	w->told_count += told;
}

static void reload_unlist(struct reload_words *w, struct node *n)
{
	if (n->reload.is_told)
		DL_DELETE2(w->told, n, reload.prev, reload.next);
	else
		DL_DELETE2(w->to_tell, n, reload.prev, reload.next);
	w->told_count -= n->reload.is_told;
	n->reload.is_told = false;
}

/* Can it hear it? One that moves may lose it, and is told again. */
static bool reload_can_hear(const struct node *n)
{
	return n->life == LIFE_RUNNING && n->link.state != LINK_UNADOPTED && !node_unreachable(n);
}

static void reload_word_tell(struct controller *c, struct node *n)
{
	struct reload_words *w = c->overlay->reload_words;

	reload_unlist(w, n);
	reload_list(w, n, true);
	n->reload.told = clock_ms();
	route_now(c, n,
	          &(struct message){.type = MSG_RELOAD,
	                            .reload.revision = n->reload.revision,
	                            .reload.controller_epoch = c->controller_epoch,
	                            .reload.log_level = (uint32_t)log_level()});
}

static void reload_on_turn(void *arg)
{
	struct controller *c = arg;
	struct reload_words *w = c->overlay->reload_words;
	size_t told = 0;
	struct node *n;
	struct node *next;

	while (w->told && clock_ms() - w->told->reload.told >= RELOAD_AGAIN_MS) {
		n = w->told;
		reload_unlist(w, n);
		reload_list(w, n, false);
	}
	DL_FOREACH_SAFE2(w->to_tell, n, next, reload.next)
	{
		if (told == RELOADS_A_TURN || w->told_count >= RELOADS_AT_ONCE)
			break;
		if (!reload_can_hear(n))
			continue;
		reload_word_tell(c, n);
		told++;
	}
	if (told == RELOADS_A_TURN && w->told_count < RELOADS_AT_ONCE)
		deferred_call(&w->soon);
	if (w->told || w->to_tell)
		timer_repeat(&w->again, RELOAD_AGAIN_MS);
	else
		timer_stop(&w->again);
}

void reload_word_init(struct controller *c)
{
	struct reload_words *w = c->overlay->reload_words = mem_new(sizeof *w);

	w->revision = 1; /* of what there is at the start: a node of a former dtreed has less */
	deferred_init(&w->soon, c->loop, reload_on_turn, c);
	timer_init(&w->again, c->loop, reload_on_turn, c);
}

void reload_word_stop(struct controller *c)
{
	deferred_stop(&c->overlay->reload_words->soon);
	timer_stop(&c->overlay->reload_words->again);
	free(c->overlay->reload_words);
}

void reload_word_anew(struct controller *c)
{
	c->overlay->reload_words->revision++;
}

void reload_word_owe(struct controller *c, struct node *n)
{
	struct reload_words *w = c->overlay->reload_words;

	if (!n->worker.process)
		return;
	if (n->reload.revision)
		reload_unlist(w, n);
	n->reload.revision = w->revision;
	reload_list(w, n, false);
	deferred_call(&w->soon);
}

void reload_word_forget(struct controller *c, struct node *n)
{
	if (!n->reload.revision)
		return;
	reload_unlist(c->overlay->reload_words, n);
	n->reload.revision = 0;
	deferred_call(&c->overlay->reload_words->soon);
}

void reload_word_take(struct controller *c, struct node *n, const struct message *m)
{
	cleanup_free char *why = NULL;

	if (!n->reload.revision || m->reloaded.controller_epoch != c->controller_epoch ||
	    m->reloaded.revision < n->reload.revision)
		return;
	if (m->flags & FLAG_REFUSED) {
		why = parse_printable(m->payload, m->payload_size, SHOWN);
		log_error("reload", "node %d keeps the service %s that it has: %s", n->id,
		          n->service, why);
	}
	reload_word_forget(c, n);
}

const char *reload_word_valid(const struct controller *c)
{
	const struct reload_words *w = c->overlay->reload_words;
	size_t count = 0;

	for (const struct node *n = w->to_tell; n; n = n->reload.next)
		CHECK(n->reload.revision && n->worker.process && !n->reload.is_told);
	for (const struct node *n = w->told; n; n = n->reload.next, count++)
		CHECK(n->reload.revision && n->worker.process && n->reload.is_told);
	CHECK(count == w->told_count);
	return NULL;
}
