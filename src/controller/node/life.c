/* Owns node.life. */
#include "controller/node/life.h"

#include <stdint.h>

#include "base/log.h"
#include "controller/node/node.h"
#include "controller/node/program.h"

#define TO(life) (UINT32_C(1) << (life))

/* It has no process in these, or one that has said nothing yet. */
#define BEGINS_ANEW \
	(TO(LIFE_DEAD) | TO(LIFE_STOPPED) | TO(LIFE_BACKOFF) | TO(LIFE_RESTARTING) | \
	 TO(LIFE_GIVEN_UP) | TO(LIFE_RETIRED))

/* What each is called, and what may follow besides RETIRED. */
static const struct {
	const char *name;
	uint32_t next;
} lives[LIFE_STATES] = {
    [LIFE_STARTING] = {"starting", TO(LIFE_COMMITTING)},
    [LIFE_COMMITTING] = {"committing", TO(LIFE_RUNNING)},
    [LIFE_RUNNING] = {"running", TO(LIFE_STOPPING) | TO(LIFE_DEAD)},
    /* DEAD: its restart was ordered, and its service is declared no longer. */
    [LIFE_STOPPING] = {"stopping",
                       TO(LIFE_STOPPED) | TO(LIFE_BACKOFF) | TO(LIFE_RESTARTING) | TO(LIFE_DEAD)},
    [LIFE_STOPPED] = {"stopped", TO(LIFE_BACKOFF) | TO(LIFE_RESTARTING)},
    /* RUNNING, STOPPING: a process of a former dtreed was found. */
    [LIFE_DEAD] = {"dead", TO(LIFE_RUNNING) | TO(LIFE_STOPPING) | TO(LIFE_STOPPED) |
                               TO(LIFE_BACKOFF) | TO(LIFE_RESTARTING) | TO(LIFE_GIVEN_UP)},
    /* DEAD: the tree ends. So it is in RESTARTING. */
    [LIFE_BACKOFF] = {"backoff", TO(LIFE_STOPPED) | TO(LIFE_DEAD) | TO(LIFE_RESTARTING)},
    [LIFE_RESTARTING] = {"restarting",
                         TO(LIFE_RUNNING) | TO(LIFE_STOPPING) | TO(LIFE_DEAD) | TO(LIFE_BACKOFF)},
    [LIFE_GIVEN_UP] = {"given up", TO(LIFE_STOPPED) | TO(LIFE_BACKOFF) | TO(LIFE_RESTARTING)},
    [LIFE_RETIRED] = {"retired", 0},
};

const char *life_name(enum node_life life)
{
	return lives[life].name;
}

bool life_may_follow(enum node_life from, enum node_life to)
{
	return from == to || to == LIFE_RETIRED || (lives[from].next & TO(to));
}

void node_set_life(struct node *n, enum node_life to, const char *why)
{
	if (!life_may_follow(n->life, to))
		log_error("life", "node %d: no step leads from %s to %s: %s", n->id,
		          life_name(n->life), life_name(to), why);
	else if (n->life != to)
		log_debug("life", "node %d: %s -> %s: %s", n->id, life_name(n->life), life_name(to),
		          why);
	if (n->life != to && (BEGINS_ANEW & TO(to)))
		node_program_clear(n);
	n->life = to;
	node_tell_changed(n);
}

void node_begin_life(struct node *n, enum node_life first)
{
	n->life = first;
}
