/* Tree messages: written messages are read back, and inconsistent ones are refused. */
#include "wire/message.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "wire/test/message_random.h"
#include "wire/test/message_same.h"

#define ROUNDS 3000

TestSuite(message, .timeout = 60);

static char *written(const struct message *m)
{
	char *bytes = mem_new(message_size(m));

	message_write(m, bytes);
	return bytes;
}

static struct message read_back(const char *bytes, size_t size)
{
	struct message back;
	struct error err;

	cr_assert_eq(message_read(bytes, size, &back, &err), 0, "%s", err.text);
	return back;
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
		struct message back = read_back(bytes, message_size(&m));

		message_assert_same(message_name(m.type), &m, &back);
		cr_assert_eq(message_type(bytes), m.type);
		cr_assert_eq(message_request(bytes), m.request, "%s", message_name(m.type));
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
		struct message back = read_back(bytes, message_size(&m) - cut);

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
		int id = 0;

		for (size_t i = m.hop; i < m.route_len; i++) {
			cr_assert_eq(message_hop(bytes, &id), 1);
			cr_assert_eq(id, m.route[i]);
			back = read_back(bytes, message_size(&m));
			cr_assert_eq(back.hop, i + 1);
		}
		cr_assert_eq(message_hop(bytes, &id), 0);
		m.hop = m.route_len;
		back = read_back(bytes, message_size(&m));
		message_assert_same(message_name(m.type), &m, &back);
		message_drop(&m);
	}
}

Test(message, the_longest_route_and_the_largest_payload_pass)
{
	struct message m = {.type = MSG_EXEC,
	                    .hop = UINT16_MAX,
	                    .route_len = UINT16_MAX,
	                    .traceparent =
	                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	                    .payload_size = MESSAGE_PAYLOAD_MAX};
	cleanup_free int32_t *route = mem_new_array(m.route_len, sizeof *route);
	cleanup_free char *payload = mem_new(m.payload_size);
	struct message back;

	route[m.route_len - 1] = INT_MIN;
	payload[m.payload_size - 1] = 'z';
	m.route = route;
	m.payload = payload;
	cr_assert_eq(message_size(&m), MESSAGE_SIZE_MAX);
	cleanup_free char *bytes = written(&m);
	back = read_back(bytes, MESSAGE_SIZE_MAX);
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

/* The offsets are those of the layout in message.h. */
Test(message, what_does_not_add_up_is_refused)
{
	static const struct {
		const char *what;
		size_t at;
		char value;
	} cases[] = {
	    {"version 0", 0, 0},
	    {"version 4", 0, 4},
	    {"version 6", 0, 6},
	    {"type 0", 1, 0},
	    {"a type between those of the controller and those of nodes", 1, MSG_PONG - 1},
	    {"a type past the last", 1, MSG_TYPES},
	    {"type 255", 1, (char)255},
	    {"an unknown flag, the highest", 3, (char)128},
	    {"an unknown flag in the high byte", 3, 4},
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
		if (!message_name((enum message_type)type))
			continue;
		struct message m = {
		    .type = (enum message_type)type, .route_len = 1, .route = route};
		cleanup_free char *bytes = written(&m);

		if (message_way(m.type) == WAY_DOWN)
			read_back(bytes, message_size(&m));
		else
			assert_refused(bytes, message_size(&m), message_name(m.type));
	}
}

Test(message, only_some_types_have_a_payload)
{
	for (int type = 1; type < MSG_TYPES; type++) {
		if (!message_name((enum message_type)type))
			continue;
		struct message m = {
		    .type = (enum message_type)type, .payload = "x", .payload_size = 1};
		cleanup_free char *bytes = written(&m);

		if (takes_payload(m.type))
			read_back(bytes, message_size(&m));
		else
			assert_refused(bytes, message_size(&m), message_name(m.type));
	}
}

Test(message, every_type_has_a_name_of_its_own)
{
	for (int i = 1; i < MSG_TYPES; i++) {
		const char *name = message_name((enum message_type)i);

		for (int j = 1; name && j < i; j++) {
			const char *other = message_name((enum message_type)j);
			cr_assert(!other || strcmp(name, other) != 0, "%s: %d and %d", name, i, j);
		}
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
		struct message back = read_back(bytes, message_size(&m));

		cr_assert_eq(back.forget.id, ids[i]);
		cr_assert_eq(back.forget.incarnation, (uint32_t)ids[i]);
	}
}

/* The places of fields, by the layout in message.h. */
Test(message, what_has_no_field_is_not_read)
{
	static const size_t places[] = {8, 16, 24, 32, 48, 56};

	for (int type = 1; type < MSG_TYPES; type++) {
		if (!message_name((enum message_type)type))
			continue;
		struct message m = {.type = (enum message_type)type};
		cleanup_free char *bytes = written(&m);
		cleanup_free char *again = mem_new(MESSAGE_HEADER);
		struct message back;
		size_t fields = 0;

		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			memset(bytes + places[i], 1, 8);
		back = read_back(bytes, MESSAGE_HEADER);
		message_write(&back, again);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			fields += again[places[i]] != 0;
		cr_assert_lt(fields,
		             ARRAY_SIZE(places) + (m.type == MSG_DATA) + (m.type == MSG_SWEEP) +
		                 (m.type == MSG_RESULT) + (m.type == MSG_TRACE),
		             "%s", message_name(m.type));
		cr_assert_gt(fields, 0, "%s", message_name(m.type));
	}
}

Test(message, a_traceparent_is_in_the_frame_of_what_runs_a_service_and_nowhere_else)
{
	static const char traceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

	for (int type = 1; type < MSG_TYPES; type++) {
		struct message m = {.type = (enum message_type)type, .traceparent = traceparent};
		cleanup_free char *bytes = NULL;
		if (!message_name(m.type))
			continue;
		bytes = written(&m);
		if (type == MSG_EXEC || type == MSG_SWEEP) {
			struct message back = read_back(bytes, message_size(&m));
			cr_assert_eq(back.payload_size, 0);
			cr_assert_eq(back.flags, 0);
			cr_assert_arr_eq(back.traceparent, traceparent, TRACEPARENT_SIZE);
			assert_refused(bytes, message_size(&m) - 1, "a traceparent cut short");
		} else {
			assert_refused(bytes, message_size(&m), message_name(m.type));
		}
	}
}
