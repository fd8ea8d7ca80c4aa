/* Random messages of every type. */
#ifndef WIRE_TEST_MESSAGE_RANDOM_H
#define WIRE_TEST_MESSAGE_RANDOM_H

#include <criterion/criterion.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/message.h"

static uint64_t state;

static inline void random_open(void)
{
	const char *seed = getenv("DTREE_SEED");

	state = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_us();
	fprintf(stderr, "DTREE_SEED=%llu\n", (unsigned long long)state);
}

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static inline uint64_t random_next(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15U);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* Half of them small, for edges. */
static inline uint64_t random_number(void)
{
	uint64_t n = random_next();

	return random_next() & 1 ? n % 4 : n;
}

static inline bool takes_payload(enum message_type type)
{
	return type == MSG_EXEC || type == MSG_DATA || type == MSG_REHOME || type == MSG_RESULT ||
	       type == MSG_SWEEP || type == MSG_SWEPT || type == MSG_SEEN || type == MSG_REPORT ||
	       type == MSG_PROGRAM || type == MSG_EVENT || type == MSG_PROGRESS ||
	       type == MSG_TRACE || type == MSG_RELOADED;
}

static inline bool has_request(enum message_type type)
{
	return type == MSG_PING || type == MSG_EXEC || type == MSG_DATA || type == MSG_CANCEL ||
	       type == MSG_CREDIT || type == MSG_SETTLED || type == MSG_SWEEP || type == MSG_PONG ||
	       type == MSG_TAKEN || type == MSG_OFFER || type == MSG_RESULT || type == MSG_SWEPT ||
	       type == MSG_PROGRESS || type == MSG_TRACE;
}

static inline struct msg_stamps random_stamps(void)
{
	return (struct msg_stamps){random_number(), random_number(), random_number(),
	                           random_number()};
}

/* Whatever the type carries beside the header. */
static inline void random_fields(struct message *m)
{
	if (has_request(m->type))
		m->request = random_number();
	switch (m->type) {
	case MSG_HELLO:
		m->hello.link_generation = random_number();
		break;
	case MSG_WELCOME:
		m->welcome.interval_ms = (int64_t)random_number();
		break;
	case MSG_HEARTBEAT:
		m->heartbeat.digest = random_number();
		m->heartbeat.late_ms = (int64_t)random_number();
		break;
	case MSG_INTERVAL:
		m->interval.interval_ms = (int64_t)random_number();
		break;
	case MSG_EXEC:
		m->exec.session = random_number();
		m->exec.deadline = (int64_t)random_number();
		m->exec.serial = random_number();
		m->exec.settled = random_number();
		break;
	case MSG_DATA:
		m->data.session = random_number();
		m->data.deadline = (int64_t)random_number();
		m->data.offset = random_number();
		m->data.serial = random_number();
		m->data.settled = random_number();
		break;
	case MSG_CREDIT:
		m->credit.here = random_number();
		m->credit.limit = random_number();
		break;
	case MSG_REHOME:
		m->rehome.link_generation = random_number();
		m->rehome.controller_epoch = random_number();
		break;
	case MSG_LEAVE:
		m->leave.link_generation = random_number();
		break;
	case MSG_RESUME:
		m->resume.link_generation = random_number();
		break;
	case MSG_FORGET:
		m->forget.id = (int)random_number();
		m->forget.incarnation = (uint32_t)random_number();
		m->forget.link_generation = random_number();
		break;
	case MSG_ADOPT:
		m->adopt.controller_epoch = random_number();
		m->adopt.pid = (int)random_number();
		break;
	case MSG_SEEN:
		m->seen.version = random_number();
		m->seen.controller_epoch = random_number();
		break;
	case MSG_SWEEP:
		m->sweep.session = random_number();
		m->sweep.deadline = (int64_t)random_number();
		m->sweep.kind = (uint32_t)random_number();
		m->sweep.newest = (uint32_t)random_number();
		m->sweep.step_ms = random_number();
		m->sweep.most = random_number();
		break;
	case MSG_TAKEN:
		m->taken.bytes = random_number();
		break;
	case MSG_OFFER:
		m->offer.size = random_number();
		break;
	case MSG_RESULT:
		m->result.offset = random_number();
		m->result.at = random_stamps();
		break;
	case MSG_PONG:
		m->pong.at = random_stamps();
		break;
	case MSG_TRACE:
		m->trace.in = random_number();
		m->trace.left = random_number();
		m->trace.back = random_number();
		m->trace.out = random_number();
		m->trace.pid = (uint32_t)random_number();
		break;
	case MSG_LEFT:
		m->left.link_generation = random_number();
		break;
	case MSG_ARRIVED:
		m->arrived.link_generation = random_number();
		break;
	case MSG_REPORT:
		m->report.version = random_number();
		m->report.since = random_number();
		m->report.controller_epoch = random_number();
		break;
	case MSG_PROGRAM_SEEN:
		m->program_seen.version = random_number();
		m->program_seen.controller_epoch = random_number();
		m->program_seen.renew = (uint32_t)random_number();
		break;
	case MSG_RELOAD:
		m->reload.revision = random_number();
		m->reload.controller_epoch = random_number();
		m->reload.log_level = (uint32_t)random_number();
		break;
	case MSG_RELOADED:
		m->reloaded.revision = random_number();
		m->reloaded.controller_epoch = random_number();
		break;
	case MSG_PROGRAM:
		m->program.version = random_number();
		break;
	case MSG_EVENT:
		m->event.number = random_number();
		break;
	case MSG_PING:
	case MSG_CANCEL:
	case MSG_SETTLED:
	case MSG_SWEPT:
	case MSG_PROGRESS:
	case MSG_TYPES:
		break;
	}
}

/* A message that may be sent; its route and payload are the caller's to free. */
static inline struct message random_message(void)
{
	struct message m = {
	    .flags = (unsigned)random_next() & MESSAGE_FLAGS,
	    .incarnation = (uint32_t)random_number(),
	    .node = (int32_t)random_number(),
	};
	int32_t *route;
	char *payload;

	do
		m.type = (enum message_type)(1 + random_next() % (MSG_TYPES - 1));
	while (!message_name(m.type));
	random_fields(&m);
	if (message_way(m.type) == WAY_DOWN)
		m.route_len = (uint16_t)(random_next() % 40);
	m.hop = (uint16_t)(random_next() % (m.route_len + 1U));
	route = mem_new_array(m.route_len, sizeof *route);
	for (size_t i = 0; i < m.route_len; i++)
		route[i] = (int32_t)random_number();
	if (takes_payload(m.type))
		m.payload_size = random_next() % 200;
	payload = mem_new(m.payload_size);
	for (size_t i = 0; i < m.payload_size; i++)
		payload[i] = (char)random_next();
	if ((m.type == MSG_EXEC || m.type == MSG_SWEEP) && random_next() & 1)
		m.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
	m.route = route;
	m.payload = payload;
	return m;
}

static inline void message_drop(struct message *m)
{
	free((void *)(uintptr_t)m->route);
	free((void *)(uintptr_t)m->payload);
}

/* Memory of exactly its size, so that reading past it is seen. */

#endif
