/* Tree messages: an accepted frame keeps its content when written again, and stays acceptable after
 * every hop. */
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "wire/message.h"
#include "wire/steps.h"

static int32_t route_at(const char *bytes, size_t i)
{
	const unsigned char *p = (const unsigned char *)bytes + MESSAGE_HEADER + i * 4;

	return (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	                 (uint32_t)p[3] << 24);
}

/* Was a field's place kept? A place without a field is zero, and of a number of 32 bits the low
 * half counts. */
static bool is_kept(enum message_type type, const char *bytes, const char *again)
{
	static const char nothing[8];
	bool narrow = type == MSG_FORGET || type == MSG_ADOPT || type == MSG_TRACE ||
	              type == MSG_PROGRAM_SEEN || type == MSG_RELOAD;

	return !memcmp(again, bytes, 8) || !memcmp(again, nothing, 8) ||
	       (narrow && !memcmp(again, bytes, 4));
}

static void check_fields(enum message_type type, const char *bytes, const char *again)
{
	static const size_t places[] = {8, 16, 24, 32, 48, 56};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		CHECK(is_kept(type, bytes + places[i], again + places[i]));
}

/* The message is written, and that is read and written unchanged. */
static void check_same_again(const char *bytes, size_t size, struct message *m)
{
	cleanup_free int32_t *route = mem_new_array(m->route_len, sizeof *route);
	cleanup_free char *again = mem_new(size);
	cleanup_free char *third = mem_new(size);
	struct message back;

	for (size_t i = 0; i < m->route_len; i++)
		route[i] = route_at(bytes, i);
	m->route = route;
	CHECK(message_size(m) == size);
	message_write(m, again);
	CHECK(memcmp(again, bytes, 8) == 0);
	check_fields(m->type, bytes, again);
	CHECK(memcmp(again + 40, bytes + 40, 8) == 0);
	CHECK(memcmp(again + MESSAGE_HEADER, bytes + MESSAGE_HEADER, size - MESSAGE_HEADER) == 0);
	CHECK(message_read(again, size, &back, NULL) == 0);
	back.route = route;
	message_write(&back, third);
	CHECK(memcmp(third, again, size) == 0);
	m->route = NULL;
}

static void check_hops(char *bytes, size_t size, const struct message *m)
{
	int id;

	for (size_t i = m->hop; i < m->route_len; i++) {
		struct message next;

		CHECK(message_hop(bytes, &id) == 1);
		CHECK(id == route_at(bytes, i));
		CHECK(message_read(bytes, size, &next, NULL) == 0);
		CHECK(next.hop == i + 1);
		CHECK(next.payload == m->payload && next.payload_size == m->payload_size);
	}
	CHECK(message_hop(bytes, &id) == 0);
}

/* What a node tells of a traced request is refused, or is the same again. */
static void check_steps(const struct message *m)
{
	struct buffer again = {0};
	struct steps steps;
	struct error err = {0};

	if (m->type != MSG_TRACE)
		return;
	if (steps_read(m->payload, m->payload_size, &steps, &err)) {
		CHECK(err.code == ERR_PARSE && err.text[0]);
		return;
	}
	CHECK(steps.count <= STEPS_MAX);
	steps_write(&steps, &again);
	CHECK(buffer_size(&again) == m->payload_size);
	CHECK(!m->payload_size || memcmp(buffer_bytes(&again), m->payload, m->payload_size) == 0);
	buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *bytes = mem_new(size);
	struct error err = {0};
	struct message m;

	if (size)
		memcpy(bytes, data, size);
	if (message_read(bytes, size, &m, &err)) {
		CHECK(err.code == ERR_PARSE && err.text[0] && !strchr(err.text, '\n'));
		return 0;
	}
	CHECK(message_name(m.type));
	CHECK(m.hop <= m.route_len && m.payload_size <= MESSAGE_PAYLOAD_MAX);
	CHECK(!m.route_len || message_way(m.type) == WAY_DOWN);
	check_same_again(bytes, size, &m);
	check_hops(bytes, size, &m);
	check_steps(&m);
	return 0;
}
