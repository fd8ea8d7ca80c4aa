/* Owns a ring of requests. */
#include "worker/traces.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "link/wake_wait.h"

struct place {
	uint64_t request; /* 0: none */
	uint64_t in;      /* clock_ns() */
	uint64_t left;
	uint64_t back;
	uint64_t in_wait; /* ns that the process had to wait for a processor just before */
	uint64_t back_wait;
};

struct traces {
	struct wake_wait wait;
	size_t next;          /* the place to be used next */
	struct place *places; /* owned; NULL: there was none yet */
};

struct traces *traces_new(struct ev_loop *loop)
{
	struct traces *t = mem_new(sizeof *t);

	wake_wait_init(&t->wait, loop);
	return t;
}

void traces_free(struct traces *t)
{
	if (!t)
		return;
	wake_wait_stop(&t->wait);
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

void traces_in(struct traces *t, const struct message *m)
{
	uint64_t now = clock_ns();
	struct place *place;

	if (m->hop < m->route_len && m->hop > TRACES_DEPTH)
		return;
	wake_wait_warm(&t->wait, now);
	if (traces_find(t, m->request))
		return;
	if (!t->places)
		t->places = mem_new_array(TRACES_MAX, sizeof *t->places);
	place = &t->places[t->next++ % TRACES_MAX];
	*place = (struct place){
	    .request = m->request, .in = now, .in_wait = wake_wait_ns(&t->wait, now)};
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
	place->back_wait = wake_wait_ns(&t->wait, place->back);
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
