/* Tree messages: what is written is read, and whatever does not add up is refused. */
#include "wire/message.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/test/message_same.h"

#define ROUNDS 3000

TestSuite(message, .timeout = 60);

static uint64_t state;

static void random_open(void)
{
	const char *seed = getenv("DTREE_SEED");

	state = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_us();
	fprintf(stderr, "DTREE_SEED=%llu\n", (unsigned long long)state);
}

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t random_next(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15U);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* Half of them small, for edges. */
static uint64_t random_number(void)
{
	uint64_t n = random_next();

	return random_next() & 1 ? n % 4 : n;
}

static bool takes_payload(enum message_type type)
{
	return type == MSG_EXEC || type == MSG_DATA || type == MSG_REHOME || type == MSG_RESULT ||
	       type == MSG_SWEEP || type == MSG_SWEPT || type == MSG_SEEN || type == MSG_REPORT;
}

static bool has_request(enum message_type type)
{
	return type == MSG_PING || type == MSG_EXEC || type == MSG_DATA || type == MSG_CANCEL ||
	       type == MSG_CREDIT || type == MSG_SETTLED || type == MSG_SWEEP || type == MSG_PONG ||
	       type == MSG_TAKEN || type == MSG_OFFER || type == MSG_RESULT || type == MSG_SWEPT;
}

/* Whatever the type carries beside the header. */
static void random_fields(struct message *m)
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
		m->sweep.kind = random_number();
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
	case MSG_PING:
	case MSG_CANCEL:
	case MSG_SETTLED:
	case MSG_PONG:
	case MSG_SWEPT:
	case MSG_TYPES:
		break;
	}
}

/* A message that may be sent; its route and payload are the caller's to free. */
static struct message random_message(void)
{
	struct message m = {
	    .type = (enum message_type)(1 + random_next() % (MSG_TYPES - 1)),
	    .flags = (unsigned)random_next() & MESSAGE_FLAGS,
	    .incarnation = (uint32_t)random_number(),
	    .node = (int32_t)random_number(),
	};
	int32_t *route;
	char *payload;

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
	m.route = route;
	m.payload = payload;
	return m;
}

static void message_drop(struct message *m)
{
	free((void *)(uintptr_t)m->route);
	free((void *)(uintptr_t)m->payload);
}

/* Memory of exactly its size, so that reading past it is seen. */
static char *written(const struct message *m)
{
	char *bytes = mem_new(message_size(m));

	message_write(m, bytes);
	return bytes;
}

static void assert_refused(const char *bytes, size_t size, const char *what)
{
	cleanup_free char *copy = mem_new(size);
	struct error err = {0};
	struct message m;

	memcpy(copy, bytes, size);
	cr_assert_eq(message_read(copy, size, &m, &err), -1, "taken: %s", what);
	cr_assert_eq(err.code, ERR_PARSE, "%s: code %d", what, err.code);
	cr_assert(err.text[0] && !strchr(err.text, '\n'), "%s: text '%s'", what, err.text);
}

Test(message, what_is_written_is_read)
{
	random_open();
	for (int round = 0; round < ROUNDS; round++) {
		struct message m = random_message();
		cleanup_free char *bytes = written(&m);
		struct message back;
		struct error err;

		cr_assert_eq(message_read(bytes, message_size(&m), &back, &err), 0, "%s", err.text);
		message_assert_same(message_name(m.type), &m, &back);
		message_drop(&m);
	}
}

Test(message, every_truncation_of_a_message_without_payload_is_refused)
{
	random_open();
	for (int round = 0; round < 300; round++) {
		struct message m = random_message();

		m.payload_size = 0;
		cleanup_free char *bytes = written(&m);
		for (size_t size = 0; size < message_size(&m); size++)
			assert_refused(bytes, size, message_name(m.type));
		message_drop(&m);
	}
}

Test(message, a_cut_payload_is_a_shorter_payload_and_nothing_else)
{
	static const int32_t route[] = {5, 6};
	struct message m = {.type = MSG_EXEC,
	                    .route_len = 2,
	                    .route = route,
	                    .payload = "12345678",
	                    .payload_size = 8};
	cleanup_free char *bytes = written(&m);

	for (size_t cut = 0; cut <= m.payload_size; cut++) {
		struct message back;
		struct error err;

		cr_assert_eq(message_read(bytes, message_size(&m) - cut, &back, &err), 0);
		cr_assert_eq(back.payload_size, m.payload_size - cut);
	}
}

Test(message, hop_gives_each_id_of_the_route_once)
{
	random_open();
	for (int round = 0; round < ROUNDS; round++) {
		struct message m = random_message();
		cleanup_free char *bytes = written(&m);
		struct message back;
		struct error err;
		int id = 0;

		for (size_t i = m.hop; i < m.route_len; i++) {
			cr_assert_eq(message_hop(bytes, &id), 1);
			cr_assert_eq(id, m.route[i]);
			cr_assert_eq(message_read(bytes, message_size(&m), &back, &err), 0);
			cr_assert_eq(back.hop, i + 1);
		}
		cr_assert_eq(message_hop(bytes, &id), 0);
		m.hop = m.route_len;
		cr_assert_eq(message_read(bytes, message_size(&m), &back, &err), 0);
		message_assert_same(message_name(m.type), &m, &back);
		message_drop(&m);
	}
}

Test(message, the_longest_route_and_the_largest_payload_pass)
{
	struct message m = {.type = MSG_EXEC,
	                    .hop = UINT16_MAX,
	                    .route_len = UINT16_MAX,
	                    .payload_size = MESSAGE_PAYLOAD_MAX};
	cleanup_free int32_t *route = mem_new_array(m.route_len, sizeof *route);
	cleanup_free char *payload = mem_new(m.payload_size);
	struct message back;
	struct error err;

	route[m.route_len - 1] = INT_MIN;
	payload[m.payload_size - 1] = 'z';
	m.route = route;
	m.payload = payload;
	cr_assert_eq(message_size(&m), MESSAGE_SIZE_MAX);
	cleanup_free char *bytes = written(&m);
	cr_assert_eq(message_read(bytes, MESSAGE_SIZE_MAX, &back, &err), 0, "%s", err.text);
	message_assert_same(message_name(m.type), &m, &back);
	m.hop = UINT16_MAX - 1;
	message_write(&m, bytes);
	int id;
	cr_assert_eq(message_hop(bytes, &id), 1);
	cr_assert_eq(id, INT_MIN);
}

Test(message, a_payload_over_the_bound_is_refused)
{
	struct message m = {.type = MSG_RESULT, .payload_size = MESSAGE_PAYLOAD_MAX + 1};
	cleanup_free char *payload = mem_new(m.payload_size);

	m.payload = payload;
	cleanup_free char *bytes = written(&m);
	assert_refused(bytes, message_size(&m), "a payload over the bound");
}

/* Offsets are those of message.h's picture. */
Test(message, what_does_not_add_up_is_refused)
{
	static const struct {
		const char *what;
		size_t at;
		char value;
	} cases[] = {
	    {"version 0", 0, 0},
	    {"version 1", 0, 1},
	    {"version 3", 0, 3},
	    {"type 0", 1, 0},
	    {"a type past the last", 1, MSG_TYPES},
	    {"type 255", 1, (char)255},
	    {"an unknown flag", 2, (char)128},
	    {"an unknown flag in the high byte", 3, 1},
	    {"a hop beyond the route", 4, 3},
	    {"a hop far beyond the route", 5, 1},
	    {"a route longer than the frame", 6, 3},
	    {"a route much longer than the frame", 7, (char)255},
	};
	static const int32_t route[] = {1, 2};
	struct message m = {.type = MSG_PING, .route_len = 2, .route = route};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *bytes = written(&m);
		bytes[cases[i].at] = cases[i].value;
		assert_refused(bytes, message_size(&m), cases[i].what);
	}
}

Test(message, only_what_goes_down_has_a_route)
{
	static const int32_t route[] = {1};

	for (int type = 1; type < MSG_TYPES; type++) {
		struct message m = {
		    .type = (enum message_type)type, .route_len = 1, .route = route};
		cleanup_free char *bytes = written(&m);
		struct message back;
		struct error err;

		if (message_way(m.type) == WAY_DOWN)
			cr_assert_eq(message_read(bytes, message_size(&m), &back, &err), 0);
		else
			assert_refused(bytes, message_size(&m), message_name(m.type));
	}
}

Test(message, only_some_types_have_a_payload)
{
	for (int type = 1; type < MSG_TYPES; type++) {
		struct message m = {
		    .type = (enum message_type)type, .payload = "x", .payload_size = 1};
		cleanup_free char *bytes = written(&m);
		struct message back;
		struct error err;

		if (takes_payload(m.type))
			cr_assert_eq(message_read(bytes, message_size(&m), &back, &err), 0);
		else
			assert_refused(bytes, message_size(&m), message_name(m.type));
	}
}

Test(message, every_type_has_a_name_of_its_own)
{
	for (int i = 1; i < MSG_TYPES; i++) {
		cr_assert(message_name((enum message_type)i), "type %d", i);
		for (int j = 1; j < i; j++)
			cr_assert_str_neq(message_name((enum message_type)i),
			                  message_name((enum message_type)j));
	}
}

Test(message, numbers_of_32_bits_keep_their_sign)
{
	static const int ids[] = {0, 1, -2, INT_MAX, INT_MIN};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct message m = {.type = MSG_FORGET,
		                    .forget.id = ids[i],
		                    .forget.incarnation = (uint32_t)ids[i]};
		cleanup_free char *bytes = written(&m);
		struct message back;
		struct error err;

		cr_assert_eq(message_read(bytes, message_size(&m), &back, &err), 0, "%s", err.text);
		cr_assert_eq(back.forget.id, ids[i]);
		cr_assert_eq(back.forget.incarnation, (uint32_t)ids[i]);
	}
}

/* The places for fields, by message.h's picture. */
Test(message, what_has_no_field_is_not_read)
{
	static const size_t places[] = {8, 16, 24, 32, 48, 56};

	for (int type = 1; type < MSG_TYPES; type++) {
		struct message m = {.type = (enum message_type)type};
		cleanup_free char *bytes = written(&m);
		cleanup_free char *again = mem_new(MESSAGE_HEADER);
		struct message back;
		struct error err;
		size_t fields = 0;

		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			memset(bytes + places[i], 1, 8);
		cr_assert_eq(message_read(bytes, MESSAGE_HEADER, &back, &err), 0, "%s", err.text);
		message_write(&back, again);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			fields += again[places[i]] != 0;
		cr_assert_lt(fields,
		             ARRAY_SIZE(places) + (m.type == MSG_DATA) + (m.type == MSG_SWEEP),
		             "%s", message_name(m.type));
		cr_assert_gt(fields, 0, "%s", message_name(m.type));
	}
}
