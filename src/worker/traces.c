/* Owns a ring of requests. Invariant: the watcher runs from a traced message until WARM_NS behind
 * the last one. */
#include "worker/traces.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/run_delay.h"

/* How long the loop stays warm. */
#define WARM_NS (UINT64_C(3) * 1000000000)

struct place {
	uint64_t request; /* 0: none */
	uint64_t in;      /* clock_ns() */
	uint64_t left;
	uint64_t back;
	uint64_t in_wait; /* ns that the thread had to wait for a processor just before */
	uint64_t back_wait;
};

struct traces {
	struct ev_loop *loop; /* borrowed */
	ev_prepare asleep;
	uint64_t until;       /* clock_ns(): the loop stays warm */
	uint64_t slept;       /* clock_ns(): the loop was about to sleep; 0: not known */
	uint64_t delay;       /* run_delay_ns() then */
	size_t next;          /* the place to be used next */
	struct place *places; /* owned; NULL: there was none yet */
};

static void traces_on_prepare(struct ev_loop *loop, ev_prepare *asleep, int revents)
{
	struct traces *t = asleep->data;

	(void)revents;
	t->slept = clock_ns();
	t->delay = run_delay_ns();
	if (t->slept < t->until)
		return;
	t->slept = 0;
	ev_prepare_stop(loop, asleep);
}

struct traces *traces_new(struct ev_loop *loop)
{
	struct traces *t = mem_new(sizeof *t);

	t->loop = loop;
	ev_prepare_init(&t->asleep, traces_on_prepare);
	ev_set_priority(&t->asleep, EV_MINPRI);
	t->asleep.data = t;
	return t;
}

void traces_free(struct traces *t)
{
	if (!t)
		return;
	ev_prepare_stop(t->loop, &t->asleep);
	free(t->places);
	free(t);
}

static struct place *traces_find(struct traces *t, uint64_t request)
{
	for (size_t i = 0; t->places && i < TRACES_MAX; i++)
		if (t->places[i].request == request)
			return &t->places[i];
	return NULL;
}

/* How long the thread had to wait since it slept. */
static uint64_t traces_wait(const struct traces *t, uint64_t now)
{
	uint64_t wait;

	if (!t->slept)
		return 0;
	wait = run_delay_ns() - t->delay;
	return wait < now - t->slept ? wait : now - t->slept;
}

void traces_in(struct traces *t, const struct message *m)
{
	uint64_t now = clock_ns();
	struct place *place;

	if (m->hop < m->route_len && m->hop > TRACES_DEPTH)
		return;
	t->until = now + WARM_NS;
	if (!ev_is_active(&t->asleep))
		ev_prepare_start(t->loop, &t->asleep);
	if (traces_find(t, m->request))
		return;
	if (!t->places)
		t->places = mem_new_array(TRACES_MAX, sizeof *t->places);
	place = &t->places[t->next++ % TRACES_MAX];
	*place = (struct place){.request = m->request, .in = now, .in_wait = traces_wait(t, now)};
}

void traces_left(struct traces *t, uint64_t request)
{
	struct place *place = traces_find(t, request);

	if (place)
		place->left = clock_ns();
}

void traces_back(struct traces *t, uint64_t request)
{
	struct place *place = traces_find(t, request);

	if (!place)
		return;
	place->back = clock_ns();
	place->back_wait = traces_wait(t, place->back);
}

bool traces_out(struct traces *t, struct message *m, struct buffer *bytes)
{
	struct place *place = traces_find(t, m->request);
	struct steps waits = {0};

	if (!place)
		return false;
	steps_add(&waits, STEP_CPU_WAIT, place->in - place->in_wait, place->in, 0, 0);
	steps_add(&waits, STEP_CPU_WAIT, place->back - place->back_wait, place->back, 0, 0);
	if (m->payload_size)
		buffer_add(bytes, m->payload, m->payload_size);
	steps_write(&waits, bytes);
	m->payload = buffer_bytes(bytes);
	m->payload_size = buffer_size(bytes);
	m->trace = (struct msg_trace){.in = place->in,
	                              .left = place->left,
	                              .back = place->back,
	                              .out = clock_ns(),
	                              .pid = (uint32_t)getpid()};
	*place = (struct place){0};
	return true;
}
