/* Frames of the tree: the table of types, encoding, decoding. Nothing here keeps state. */
#include "wire/message.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "wire/bytes.h"

static const struct {
	const char *name;
	enum message_way way;
	bool payload; /* may it have one? */
} types[MSG_TYPES] = {
    [MSG_HELLO] = {"hello", WAY_LINK, false},
    [MSG_WELCOME] = {"welcome", WAY_LINK, false},
    [MSG_HEARTBEAT] = {"heartbeat", WAY_LINK, false},
    [MSG_INTERVAL] = {"interval", WAY_LINK, false},
    [MSG_PING] = {"ping", WAY_DOWN, false},
    [MSG_EXEC] = {"exec", WAY_DOWN, true},
    [MSG_DATA] = {"data", WAY_DOWN, true},
    [MSG_CANCEL] = {"cancel", WAY_DOWN, false},
    [MSG_CREDIT] = {"credit", WAY_DOWN, false},
    [MSG_SETTLED] = {"settled", WAY_DOWN, false},
    [MSG_REHOME] = {"rehome", WAY_DOWN, true},
    [MSG_LEAVE] = {"leave", WAY_DOWN, false},
    [MSG_RESUME] = {"resume", WAY_DOWN, false},
    [MSG_FORGET] = {"forget", WAY_DOWN, false},
    [MSG_ADOPT] = {"adopt", WAY_DOWN, false},
    [MSG_SEEN] = {"seen", WAY_DOWN, true},
    [MSG_SWEEP] = {"sweep", WAY_DOWN, true},
    [MSG_PONG] = {"pong", WAY_UP, false},
    [MSG_TAKEN] = {"taken", WAY_UP, false},
    [MSG_OFFER] = {"offer", WAY_UP, false},
    [MSG_RESULT] = {"result", WAY_UP, true},
    [MSG_LEFT] = {"left", WAY_UP, false},
    [MSG_ARRIVED] = {"arrived", WAY_UP, false},
    [MSG_REPORT] = {"report", WAY_UP, true},
    [MSG_SWEPT] = {"swept", WAY_UP, true},
};

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
	return MESSAGE_HEADER + (size_t)m->route_len * 4 + m->payload_size;
}

void message_write(const struct message *m, char *bytes)
{
	char *p = bytes + MESSAGE_HEADER;

	bytes[0] = MESSAGE_VERSION;
	bytes[1] = (char)m->type;
	put16(bytes + 2, (uint16_t)m->flags);
	put16(bytes + 4, m->hop);
	put16(bytes + 6, m->route_len);
	put64(bytes + 8, m->request);
	put64(bytes + 16, m->session);
	put64(bytes + 24, (uint64_t)m->deadline);
	put64(bytes + 32, m->value);
	put32(bytes + 40, m->incarnation);
	put32(bytes + 44, (uint32_t)m->node);
	put64(bytes + 48, m->serial);
	put64(bytes + 56, m->settled);
	for (size_t i = 0; i < m->route_len; i++, p += 4)
		put32(p, (uint32_t)m->route[i]);
	if (m->payload_size)
		memcpy(p, m->payload, m->payload_size);
}

/* Every value in reach of the checks; what it means is its receiver's to judge. */
static void read_header(const char *bytes, struct message *m)
{
	*m = (struct message){
	    .type = (enum message_type)(unsigned char)bytes[1],
	    .flags = get16(bytes + 2),
	    .hop = get16(bytes + 4),
	    .route_len = get16(bytes + 6),
	    .request = get64(bytes + 8),
	    .session = get64(bytes + 16),
	    .deadline = (int64_t)get64(bytes + 24),
	    .value = get64(bytes + 32),
	    .incarnation = get32(bytes + 40),
	    .node = (int32_t)get32(bytes + 44),
	    .serial = get64(bytes + 48),
	    .settled = get64(bytes + 56),
	};
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
	if (m->flags & ~(unsigned)MESSAGE_FLAGS)
		return error_set(err, ERR_PARSE, "a %s message with flags %#x",
		                 message_name(m->type), m->flags);
	m->payload = bytes + MESSAGE_HEADER + route;
	m->payload_size = size - MESSAGE_HEADER - route;
	if (m->payload_size > (types[m->type].payload ? MESSAGE_PAYLOAD_MAX : 0))
		return error_set(err, ERR_PARSE, "a %s message with a payload of %zu bytes",
		                 message_name(m->type), m->payload_size);
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
