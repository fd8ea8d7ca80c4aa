/* Frames of the tree: the table of types, encoding, decoding. Nothing here keeps state. */
#include "wire/message.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "wire/bytes.h"

/*
 * The types: name, direction, whether it may have a payload, and the place of each field in the
 * frame. A field has 64 bits, or 32; a negative int is stored as its two's complement.
 */
/* clang-format off */
#define TYPES(ROW, AT, AT32) \
	ROW(HELLO, "hello", WAY_LINK, false, AT(32, hello.link_generation)) \
	ROW(WELCOME, "welcome", WAY_LINK, false, AT(32, welcome.interval_ms)) \
	ROW(HEARTBEAT, "heartbeat", WAY_LINK, false, \
	    AT(32, heartbeat.digest) AT(48, heartbeat.late_ms)) \
	ROW(INTERVAL, "interval", WAY_LINK, false, AT(32, interval.interval_ms)) \
	ROW(PING, "ping", WAY_DOWN, false, AT(8, request)) \
	ROW(EXEC, "exec", WAY_DOWN, true, \
	    AT(8, request) AT(16, exec.session) AT(24, exec.deadline) AT(48, exec.serial) \
	    AT(56, exec.settled)) \
	ROW(DATA, "data", WAY_DOWN, true, \
	    AT(8, request) AT(16, data.session) AT(24, data.deadline) AT(32, data.offset) \
	    AT(48, data.serial) AT(56, data.settled)) \
	ROW(CANCEL, "cancel", WAY_DOWN, false, AT(8, request)) \
	ROW(CREDIT, "credit", WAY_DOWN, false, \
	    AT(8, request) AT(16, credit.here) AT(32, credit.limit)) \
	ROW(SETTLED, "settled", WAY_DOWN, false, AT(8, request)) \
	ROW(REHOME, "rehome", WAY_DOWN, true, \
	    AT(16, rehome.controller_epoch) AT(32, rehome.link_generation)) \
	ROW(LEAVE, "leave", WAY_DOWN, false, AT(32, leave.link_generation)) \
	ROW(RESUME, "resume", WAY_DOWN, false, AT(32, resume.link_generation)) \
	ROW(FORGET, "forget", WAY_DOWN, false, \
	    AT(16, forget.incarnation) AT(24, forget.link_generation) AT(32, forget.id)) \
	ROW(ADOPT, "adopt", WAY_DOWN, false, AT(16, adopt.pid) AT(32, adopt.controller_epoch)) \
	ROW(SEEN, "seen", WAY_DOWN, true, AT(16, seen.controller_epoch) AT(32, seen.version)) \
	ROW(SWEEP, "sweep", WAY_DOWN, true, \
	    AT(8, request) AT(16, sweep.session) AT(24, sweep.deadline) AT32(32, sweep.kind) \
	    AT32(36, sweep.newest) AT(48, sweep.step_ms) AT(56, sweep.most)) \
	ROW(PROGRAM_SEEN, "program seen", WAY_DOWN, false, \
	    AT(16, program_seen.controller_epoch) AT(32, program_seen.version) \
	    AT32(48, program_seen.renew)) \
	ROW(RELOAD, "reload", WAY_DOWN, false, \
	    AT(16, reload.controller_epoch) AT(32, reload.revision) AT32(48, reload.log_level)) \
	ROW(PONG, "pong", WAY_UP, false, \
	    AT(8, request) AT(16, pong.at.received) AT(24, pong.at.begun) AT(48, pong.at.ended) \
	    AT(56, pong.at.answered)) \
	ROW(TAKEN, "taken", WAY_UP, false, AT(8, request) AT(32, taken.bytes)) \
	ROW(OFFER, "offer", WAY_UP, false, AT(8, request) AT(32, offer.size)) \
	ROW(RESULT, "result", WAY_UP, true, \
	    AT(8, request) AT(32, result.offset) AT(16, result.at.received) \
	    AT(24, result.at.begun) AT(48, result.at.ended) AT(56, result.at.answered)) \
	ROW(LEFT, "left", WAY_UP, false, AT(32, left.link_generation)) \
	ROW(ARRIVED, "arrived", WAY_UP, false, AT(32, arrived.link_generation)) \
	ROW(REPORT, "report", WAY_UP, true, \
	    AT(16, report.controller_epoch) AT(32, report.version) AT(48, report.since)) \
	ROW(SWEPT, "swept", WAY_UP, true, AT(8, request)) \
	ROW(PROGRAM, "program", WAY_UP, true, AT(32, program.version)) \
	ROW(EVENT, "event", WAY_UP, true, AT(32, event.number)) \
	ROW(PROGRESS, "progress", WAY_UP, true, AT(8, request)) \
	ROW(TRACE, "trace", WAY_UP, true, \
	    AT(8, request) AT(16, trace.in) AT(24, trace.left) AT(32, trace.back) \
	    AT(48, trace.out) AT32(56, trace.pid)) \
	ROW(RELOADED, "reloaded", WAY_UP, true, \
	    AT(16, reloaded.controller_epoch) AT(32, reloaded.revision))
/* clang-format on */

#define NOTHING(place, member)
#define DESCRIBE(type, name, way, payload, fields) [MSG_##type] = {name, way, payload},

static const struct {
	const char *name;
	enum message_way way;
	bool payload; /* may it have one? */
} types[MSG_TYPES] = {TYPES(DESCRIBE, NOTHING, NOTHING)};

/* Does something with each field of a row, as a case of its type. */
#define FIELDS(type, name, way, payload, fields) \
	case MSG_##type: \
		fields break;

#define WRITE(place, member) put64(bytes + (place), (uint64_t)m->member);

#define WRITE32(place, member) put32(bytes + (place), m->member);

#define READ(place, member) m->member = (__typeof__(m->member))get64(bytes + (place));

#define READ32(place, member) m->member = get32(bytes + (place));

const char *message_name(enum message_type type)
{
	return types[type].name;
}

enum message_way message_way(enum message_type type)
{
	return types[type].way;
}

size_t message_size(const struct message *m)
{
	return MESSAGE_HEADER + (size_t)m->route_len * 4 + (m->traceparent ? TRACEPARENT_SIZE : 0) +
	       m->payload_size;
}

static void write_fields(const struct message *m, char *bytes)
{
	switch (m->type) {
		TYPES(FIELDS, WRITE, WRITE32)
	case MSG_TYPES:
		break;
	}
}

static void read_fields(struct message *m, const char *bytes)
{
	switch (m->type) {
		TYPES(FIELDS, READ, READ32)
	case MSG_TYPES:
		break;
	}
}

void message_write(const struct message *m, char *bytes)
{
	char *p = bytes + MESSAGE_HEADER;

	bytes[0] = MESSAGE_VERSION;
	bytes[1] = (char)m->type;
	put16(bytes + 2, (uint16_t)(m->flags | (m->traceparent ? FLAG_PARENT : 0)));
	put16(bytes + 4, m->hop);
	put16(bytes + 6, m->route_len);
	memset(bytes + 8, 0, MESSAGE_HEADER - 8);
	put32(bytes + 40, m->incarnation);
	put32(bytes + 44, (uint32_t)m->node);
	write_fields(m, bytes);
	for (size_t i = 0; i < m->route_len; i++, p += 4)
		put32(p, (uint32_t)m->route[i]);
	if (m->traceparent) {
		memcpy(p, m->traceparent, TRACEPARENT_SIZE);
		p += TRACEPARENT_SIZE;
	}
	if (m->payload_size)
		memcpy(p, m->payload, m->payload_size);
}

static void read_header(const char *bytes, struct message *m)
{
	*m = (struct message){
	    .type = (enum message_type)(unsigned char)bytes[1],
	    .flags = get16(bytes + 2),
	    .hop = get16(bytes + 4),
	    .route_len = get16(bytes + 6),
	    .incarnation = get32(bytes + 40),
	    .node = (int32_t)get32(bytes + 44),
	};
}

/* Takes it off the front of the payload: 0, or -1 where it cannot be there. */
static int read_traceparent(struct message *m)
{
	if (!(m->flags & FLAG_PARENT))
		return 0;
	if ((m->type != MSG_EXEC && m->type != MSG_SWEEP) || m->payload_size < TRACEPARENT_SIZE)
		return -1;
	m->flags &= ~(unsigned)FLAG_PARENT;
	m->traceparent = m->payload;
	m->payload += TRACEPARENT_SIZE;
	m->payload_size -= TRACEPARENT_SIZE;
	return 0;
}

int message_read(const char *bytes, size_t size, struct message *m, struct error *err)
{
	size_t route;

	if (size < MESSAGE_HEADER)
		return error_set(err, ERR_PARSE, "a tree message of %zu bytes", size);
	if (bytes[0] != MESSAGE_VERSION)
		return error_set(err, ERR_PARSE, "a tree message of version %d", bytes[0]);
	read_header(bytes, m);
	if (m->type >= MSG_TYPES || !types[m->type].name)
		return error_set(err, ERR_PARSE, "a tree message of type %d", (int)m->type);
	route = (size_t)m->route_len * 4;
	if (size - MESSAGE_HEADER < route || m->hop > m->route_len)
		return error_set(err, ERR_PARSE, "a %s message with hop %u of %u in %zu bytes",
		                 message_name(m->type), m->hop, m->route_len, size);
	if (m->route_len && message_way(m->type) != WAY_DOWN)
		return error_set(err, ERR_PARSE, "a %s message with a route",
		                 message_name(m->type));
	if (m->flags & ~(unsigned)(MESSAGE_FLAGS | FLAG_PARENT))
		return error_set(err, ERR_PARSE, "a %s message with flags %#x",
		                 message_name(m->type), m->flags);
	m->payload = bytes + MESSAGE_HEADER + route;
	m->payload_size = size - MESSAGE_HEADER - route;
	if (read_traceparent(m))
		return error_set(err, ERR_PARSE, "a %s message of %zu bytes with a traceparent",
		                 message_name(m->type), size);
	if (m->payload_size > (types[m->type].payload ? MESSAGE_PAYLOAD_MAX : 0))
		return error_set(err, ERR_PARSE, "a %s message with a payload of %zu bytes",
		                 message_name(m->type), m->payload_size);
	/* The receiver judges the values. */
	read_fields(m, bytes);
	return 0;
}

int message_hop(char *bytes, int *id)
{
	uint16_t hop = get16(bytes + 4);

	if (hop >= get16(bytes + 6))
		return 0;
	*id = (int)get32(bytes + MESSAGE_HEADER + (size_t)hop * 4);
	put16(bytes + 4, (uint16_t)(hop + 1));
	return 1;
}
