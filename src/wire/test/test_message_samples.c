/*
 * The bytes of the protocol: each type of message is encoded and decoded, and compared with the
 * bytes in message_samples.h. Running trees use these bytes: they change only together with
 * MESSAGE_VERSION.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "link/batch.h"
#include "link/peer_name.h"
#include "wire/message.h"
#include "wire/program_report.h"
#include "wire/report.h"
#include "wire/tally.h"
#include "wire/test/message_same.h"
#include "wire/test/message_samples.h"

TestSuite(message_samples, .timeout = 60);

#define ROUTE(at, ...) \
	.hop = (at), .route = (const int32_t[]){__VA_ARGS__}, \
	.route_len = sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t)
#define PAYLOAD(text) .payload = (text), .payload_size = sizeof(text) - 1

/* Request n of a controller's third life. */
#define REQUEST(n) ((UINT64_C(3) << MESSAGE_EPOCH_SHIFT) + (n))
#define SWEEP(n)   (REQUEST(n) + MESSAGE_SWEEP)

static const struct {
	const char *name;
	struct message m;
} messages[] = {
    {"hello", {.type = MSG_HELLO, .node = 5, .incarnation = 1, .hello.link_generation = 1}},
    {"hello, greatest",
     {.type = MSG_HELLO,
      .node = INT_MAX,
      .incarnation = UINT32_MAX,
      .hello.link_generation = UINT64_MAX}},
    {"hello, least", {.type = MSG_HELLO, .node = INT_MIN}},
    {"welcome", {.type = MSG_WELCOME, .welcome.interval_ms = 1000}},
    {"welcome, off", {.type = MSG_WELCOME}},
    {"welcome, greatest", {.type = MSG_WELCOME, .welcome.interval_ms = INT64_MAX}},
    {"heartbeat, child",
     {.type = MSG_HEARTBEAT,
      .node = 5,
      .incarnation = 2,
      .heartbeat.digest = UINT64_C(0xfedcba9876543210),
      .heartbeat.late_ms = 500}},
    {"heartbeat, greatest",
     {.type = MSG_HEARTBEAT,
      .node = -2,
      .incarnation = UINT32_MAX,
      .heartbeat.digest = UINT64_MAX,
      .heartbeat.late_ms = INT64_MAX}},
    {"heartbeat, controller", {.type = MSG_HEARTBEAT, .heartbeat.interval_ms = 250}},
    {"interval", {.type = MSG_INTERVAL, .interval.interval_ms = 60000}},
    {"interval, off", {.type = MSG_INTERVAL}},
    {"ping", {.type = MSG_PING, ROUTE(1, 5), .node = 5, .incarnation = 1, .request = REQUEST(1)}},
    {"ping, below",
     {.type = MSG_PING,
      ROUTE(2, 1, INT_MAX, INT_MIN),
      .node = INT_MIN,
      .incarnation = 7,
      .request = (MESSAGE_EPOCH_MAX << MESSAGE_EPOCH_SHIFT) + 1}},
    {"exec",
     {.type = MSG_EXEC,
      .flags = FLAG_LAST,
      ROUTE(1, 10),
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4),
      .exec.session = REQUEST(2),
      .exec.deadline = 123456789,
      .exec.serial = 9,
      .exec.settled = 8,
      PAYLOAD("3\0001\0002")}},
    {"exec, first part",
     {.type = MSG_EXEC,
      ROUTE(1, 1, 2, 3, 4),
      .node = 4,
      .incarnation = 2,
      .request = REQUEST(5),
      .exec.session = REQUEST(2),
      .exec.serial = 1,
      .exec.settled = 1}},
    {"exec, greatest",
     {.type = MSG_EXEC,
      .flags = FLAG_LAST,
      .node = -1,
      .incarnation = UINT32_MAX,
      .request = UINT64_MAX,
      .exec.session = UINT64_MAX - 1,
      .exec.deadline = INT64_MAX,
      .exec.serial = UINT64_MAX - 2,
      .exec.settled = UINT64_MAX - 3,
      PAYLOAD("\0\xff")}},
    {"exec, least", {.type = MSG_EXEC, .exec.deadline = INT64_MIN}},
    {"exec, of a trace",
     {.type = MSG_EXEC,
      .flags = FLAG_LAST,
      .incarnation = 1,
      .node = 10,
      .request = REQUEST(4),
      .exec.session = REQUEST(2),
      .exec.serial = 9,
      .exec.settled = 8,
      ROUTE(0, 10),
      .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      PAYLOAD("a\0")}},
    {"data, of an exec",
     {.type = MSG_DATA,
      .flags = FLAG_LAST,
      ROUTE(1, 10),
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4),
      .data.session = REQUEST(2),
      .data.deadline = 123456789,
      .data.offset = MESSAGE_PAYLOAD_MAX,
      .data.serial = 9,
      .data.settled = 8,
      PAYLOAD("rest")}},
    {"data, of a stream",
     {.type = MSG_DATA,
      ROUTE(1, 10),
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4),
      .data.session = REQUEST(2),
      .data.offset = 65537,
      PAYLOAD("\0more\0")}},
    {"data, greatest",
     {.type = MSG_DATA,
      .flags = FLAG_LAST,
      .request = UINT64_MAX,
      .data.session = UINT64_MAX - 1,
      .data.deadline = INT64_MAX,
      .data.offset = UINT64_MAX - 2,
      .data.serial = UINT64_MAX - 3,
      .data.settled = UINT64_MAX - 4}},
    {"cancel",
     {.type = MSG_CANCEL, ROUTE(2, 3, 4), .node = 4, .incarnation = 3, .request = REQUEST(6)}},
    {"cancel, greatest", {.type = MSG_CANCEL, .request = UINT64_MAX}},
    {"credit",
     {.type = MSG_CREDIT,
      ROUTE(1, 4),
      .node = 4,
      .incarnation = 3,
      .request = REQUEST(6),
      .credit.here = 65536,
      .credit.limit = 589824}},
    {"credit, again",
     {.type = MSG_CREDIT,
      .flags = FLAG_AGAIN,
      ROUTE(1, 4),
      .node = 4,
      .incarnation = 3,
      .request = REQUEST(6),
      .credit.limit = 524288}},
    {"credit, greatest",
     {.type = MSG_CREDIT, .request = 1, .credit.here = UINT64_MAX - 1, .credit.limit = UINT64_MAX}},
    {"settled",
     {.type = MSG_SETTLED, ROUTE(1, 4), .node = 4, .incarnation = 3, .request = REQUEST(6)}},
    {"rehome",
     {.type = MSG_REHOME,
      ROUTE(2, 1, 6),
      .node = 6,
      .incarnation = 1,
      .rehome.link_generation = 2,
      .rehome.controller_epoch = 3,
      PAYLOAD("ipc:///run/dtree/links/1.1")}},
    {"rehome, greatest",
     {.type = MSG_REHOME,
      .rehome.link_generation = UINT64_MAX,
      .rehome.controller_epoch = UINT64_MAX - 1,
      PAYLOAD("x")}},
    {"leave",
     {.type = MSG_LEAVE, ROUTE(2, 1, 6), .node = 6, .incarnation = 1, .leave.link_generation = 2}},
    {"leave, greatest", {.type = MSG_LEAVE, .leave.link_generation = UINT64_MAX}},
    {"resume",
     {.type = MSG_RESUME, ROUTE(1, 6), .node = 6, .incarnation = 1, .resume.link_generation = 2}},
    {"resume, greatest", {.type = MSG_RESUME, .resume.link_generation = UINT64_MAX}},
    {"forget",
     {.type = MSG_FORGET,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .forget.id = 6,
      .forget.incarnation = 5,
      .forget.link_generation = 7}},
    {"forget, greatest",
     {.type = MSG_FORGET,
      .forget.id = INT_MAX,
      .forget.incarnation = UINT32_MAX,
      .forget.link_generation = UINT64_MAX}},
    {"forget, least", {.type = MSG_FORGET, .forget.id = INT_MIN}},
    {"adopt",
     {.type = MSG_ADOPT,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .adopt.controller_epoch = 3,
      .adopt.pid = 4711}},
    {"adopt, greatest",
     {.type = MSG_ADOPT, .adopt.controller_epoch = MESSAGE_EPOCH_MAX, .adopt.pid = INT_MAX}},
    {"seen",
     {.type = MSG_SEEN,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .seen.version = 12,
      .seen.controller_epoch = 3}},
    {"seen, again",
     {.type = MSG_SEEN,
      .flags = FLAG_AGAIN,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .seen.controller_epoch = 3}},
    {"seen, greatest",
     {.type = MSG_SEEN,
      .seen.version = UINT64_MAX,
      .seen.controller_epoch = UINT64_MAX - 1,
      PAYLOAD("an entry of 24 bytes ...")}},
    {"sweep, ping",
     {.type = MSG_SWEEP,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .request = SWEEP(1),
      .sweep.deadline = 5000,
      .sweep.newest = 9,
      .sweep.step_ms = 100}},
    {"sweep, sum",
     {.type = MSG_SWEEP,
      .flags = FLAG_ALONE,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .request = SWEEP(2),
      .sweep.session = REQUEST(2),
      .sweep.deadline = 987654321,
      .sweep.kind = TALLY_SUM,
      .sweep.newest = 4,
      .sweep.step_ms = 1,
      .sweep.most = 65536,
      PAYLOAD("2\0003\0004")}},
    {"sweep, greatest",
     {.type = MSG_SWEEP,
      .request = UINT64_MAX,
      .sweep.session = UINT64_MAX - 1,
      .sweep.deadline = INT64_MAX,
      .sweep.kind = TALLY_MAX,
      .sweep.newest = UINT32_MAX,
      .sweep.step_ms = UINT64_MAX - 2,
      .sweep.most = UINT64_MAX - 3}},
    {"program seen",
     {.type = MSG_PROGRAM_SEEN,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .program_seen.version = 12,
      .program_seen.controller_epoch = 3,
      .program_seen.renew = 3140}},
    {"program seen, greatest",
     {.type = MSG_PROGRAM_SEEN,
      .program_seen.version = UINT64_MAX,
      .program_seen.controller_epoch = UINT64_MAX - 1,
      .program_seen.renew = UINT32_MAX}},
    {"reload",
     {.type = MSG_RELOAD,
      ROUTE(1, 1),
      .node = 1,
      .incarnation = 4,
      .reload.revision = 12,
      .reload.controller_epoch = 3,
      .reload.log_level = 7}},
    {"reload, greatest",
     {.type = MSG_RELOAD,
      .reload.revision = UINT64_MAX,
      .reload.controller_epoch = UINT64_MAX - 1,
      .reload.log_level = UINT32_MAX}},
    {"reloaded",
     {.type = MSG_RELOADED,
      .node = 1,
      .incarnation = 4,
      .reloaded.revision = 12,
      .reloaded.controller_epoch = 3}},
    {"reloaded, greatest",
     {.type = MSG_RELOADED,
      .flags = FLAG_REFUSED,
      .reloaded.revision = UINT64_MAX,
      .reloaded.controller_epoch = UINT64_MAX - 1,
      PAYLOAD("why")}},
    {"pong",
     {.type = MSG_PONG,
      .node = 5,
      .incarnation = 1,
      .request = REQUEST(1),
      .pong.at = {101, 102, 103, 104}}},
    {"pong, greatest",
     {.type = MSG_PONG,
      .node = INT_MIN,
      .incarnation = UINT32_MAX,
      .request = UINT64_MAX,
      .pong.at = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, UINT64_MAX - 3}}},
    {"taken",
     {.type = MSG_TAKEN, .node = 5, .incarnation = 1, .request = REQUEST(4), .taken.bytes = 5}},
    {"taken, greatest", {.type = MSG_TAKEN, .request = REQUEST(4), .taken.bytes = UINT64_MAX}},
    {"offer",
     {.type = MSG_OFFER,
      .node = 5,
      .incarnation = 1,
      .request = REQUEST(4),
      .offer.size = 67108864}},
    {"offer, greatest", {.type = MSG_OFFER, .request = REQUEST(4), .offer.size = UINT64_MAX}},
    {"result",
     {.type = MSG_RESULT,
      .flags = FLAG_LAST,
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4),
      .result.at = {101, 102, 103, 104},
      PAYLOAD("6")}},
    {"result, none",
     {.type = MSG_RESULT,
      .flags = FLAG_LAST | FLAG_NONE,
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4)}},
    {"result, refused",
     {.type = MSG_RESULT,
      .flags = FLAG_LAST | FLAG_REFUSED,
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4),
      PAYLOAD("'a' not found")}},
    {"result, late",
     {.type = MSG_RESULT,
      .flags = FLAG_LAST | FLAG_LATE,
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4)}},
    {"result, unknown",
     {.type = MSG_RESULT,
      .flags = FLAG_LAST | FLAG_UNKNOWN,
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4),
      PAYLOAD("the disk is full")}},
    {"result, part",
     {.type = MSG_RESULT,
      .node = 10,
      .incarnation = 1,
      .request = REQUEST(4),
      .result.offset = 131072,
      PAYLOAD("a part")}},
    {"result, greatest",
     {.type = MSG_RESULT,
      .flags = MESSAGE_FLAGS,
      .request = UINT64_MAX,
      .result.offset = UINT64_MAX - 1,
      .result.at = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, UINT64_MAX - 3}}},
    {"left", {.type = MSG_LEFT, .node = 6, .incarnation = 1, .left.link_generation = 2}},
    {"left, greatest", {.type = MSG_LEFT, .left.link_generation = UINT64_MAX}},
    {"arrived", {.type = MSG_ARRIVED, .node = 6, .incarnation = 1, .arrived.link_generation = 2}},
    {"arrived, greatest", {.type = MSG_ARRIVED, .arrived.link_generation = UINT64_MAX}},
    {"report",
     {.type = MSG_REPORT,
      .flags = FLAG_LAST,
      .node = 1,
      .incarnation = 4,
      .report.version = 12,
      .report.since = 11,
      .report.controller_epoch = 3,
      PAYLOAD("\5\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\366\1\0\0")}},
    {"report, of none",
     {.type = MSG_REPORT,
      .flags = FLAG_LAST,
      .node = 1,
      .incarnation = 4,
      .report.controller_epoch = 3}},
    {"report, greatest",
     {.type = MSG_REPORT,
      .report.version = UINT64_MAX,
      .report.since = UINT64_MAX - 1,
      .report.controller_epoch = UINT64_MAX - 2}},
    {"swept",
     {.type = MSG_SWEPT,
      .flags = FLAG_LAST,
      .node = 1,
      .incarnation = 4,
      .request = SWEEP(2),
      PAYLOAD("a tally")}},
    {"swept, part", {.type = MSG_SWEPT, .node = 1, .incarnation = 4, .request = SWEEP(2)}},
    {"program",
     {.type = MSG_PROGRAM,
      .node = 1,
      .incarnation = 4,
      .program.version = 12,
      PAYLOAD("a report")}},
    {"program, greatest", {.type = MSG_PROGRAM, .program.version = UINT64_MAX}},
    {"event",
     {.type = MSG_EVENT,
      .node = 1,
      .incarnation = 4,
      .event.number = 5,
      PAYLOAD("full\0{\"left\":0}")}},
    {"event, greatest", {.type = MSG_EVENT, .event.number = UINT64_MAX}},
    {"progress", {.type = MSG_PROGRESS, .request = 5, .node = 1, .incarnation = 4, PAYLOAD("{}")}},
    {"trace",
     {.type = MSG_TRACE,
      .request = REQUEST(4),
      .node = 10,
      .incarnation = 1,
      .trace = {101, 102, 103, 104, 4711},
      PAYLOAD("a step")}},
    {"trace, greatest",
     {.type = MSG_TRACE,
      .request = UINT64_MAX,
      .trace = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, UINT64_MAX - 3, UINT32_MAX}}},
};

/* The bytes of a sample, from its hexadecimal digits; blanks are ignored. */
static struct buffer bytes_of(const char *name)
{
	struct buffer bytes = {0};
	size_t i = 0;

	while (i < ARRAY_SIZE(samples) && strcmp(samples[i].name, name) != 0)
		i++;
	cr_assert_lt(i, ARRAY_SIZE(samples), "no sample '%s'", name);
	for (const char *p = samples[i].bytes; *p;) {
		unsigned byte;
		int used = 0;
		cr_assert_eq(sscanf(p, " %2x %n", &byte, &used), 1, "%s: at '%s'", name, p);
		buffer_add(&bytes, &(char){(char)byte}, 1);
		p += used;
	}
	return bytes;
}

static void assert_bytes(const char *name, const char *bytes, size_t size)
{
	struct buffer wanted = bytes_of(name);

	cr_assert_eq(size, buffer_size(&wanted), "%s: %zu bytes, not %zu", name, size,
	             buffer_size(&wanted));
	for (size_t i = 0; i < size; i++)
		cr_assert_eq(bytes[i], buffer_bytes(&wanted)[i], "%s: byte %zu is %02x, not %02x",
		             name, i, (unsigned char)bytes[i],
		             (unsigned char)buffer_bytes(&wanted)[i]);
	buffer_free(&wanted);
}

Test(message_samples, every_message_is_written_as_these_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const struct message *m = &messages[i].m;
		cleanup_free char *bytes = mem_new(message_size(m));

		message_write(m, bytes);
		assert_bytes(messages[i].name, bytes, message_size(m));
	}
}

Test(message_samples, these_bytes_are_read_as_every_message)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		struct buffer bytes = bytes_of(messages[i].name);
		struct message back;
		struct error err;

		cr_assert_eq(message_read(buffer_bytes(&bytes), buffer_size(&bytes), &back, &err),
		             0, "%s: %s", messages[i].name, err.text);
		message_assert_same(messages[i].name, &messages[i].m, &back);
		buffer_free(&bytes);
	}
}

Test(message_samples, each_type_has_one_and_none_is_left_over)
{
	bool there[MSG_TYPES] = {0};
	const char *others[] = {"batch",       "link name",  "report entries",
	                        "tally, list", "tally, sum", "program report"};

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		there[messages[i].m.type] = true;
	for (int type = 1; type < MSG_TYPES; type++)
		cr_assert(there[type] || !message_name((enum message_type)type), "no %s",
		          message_name((enum message_type)type));
	cr_assert_eq(ARRAY_SIZE(samples), ARRAY_SIZE(messages) + ARRAY_SIZE(others));
}

Test(message_samples, a_hop_changes_these_bytes)
{
	struct buffer bytes = bytes_of("ping, below");
	int id;

	cr_assert_eq(message_hop(buffer_bytes(&bytes), &id), 1);
	cr_assert_eq(id, INT_MIN);
	cr_assert_eq(message_hop(buffer_bytes(&bytes), &id), 0);
	cr_assert_eq(buffer_bytes(&bytes)[4], 3);
	buffer_bytes(&bytes)[4] = 2;
	assert_bytes("ping, below", buffer_bytes(&bytes), buffer_size(&bytes));
	buffer_free(&bytes);
}

/* "pong", "result" and "taken" in one frame, read back by name. */
Test(message_samples, a_batch_is_these_bytes)
{
	static const char *const names[] = {"pong", "result", "taken"};
	struct batch batch = {.keeps = true};
	struct batch_reader reader;
	struct frame part;
	struct error err;
	zmq_msg_t frame;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct buffer bytes = bytes_of(names[i]);
		char *room = batch_room(&batch, buffer_size(&bytes));
		cr_assert(room);
		memcpy(room, buffer_bytes(&bytes), buffer_size(&bytes));
		buffer_free(&bytes);
	}
	cr_assert(batch_take(&batch, &frame));
	assert_bytes("batch", zmq_msg_data(&frame), zmq_msg_size(&frame));
	cr_assert(batch_read(&frame, &reader));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cr_assert_eq(batch_next(&reader, &part, &err), 1);
		assert_bytes(names[i], part.bytes, part.size);
	}
	cr_assert_eq(batch_next(&reader, &part, &err), 0);
	zmq_msg_close(&frame);
}

Test(message_samples, a_link_name_is_these_bytes)
{
	char bytes[PEER_NAME_SIZE];

	peer_name_write(
	    &(struct peer_name){.id = -3, .incarnation = 2, .generation = UINT64_MAX - 1}, bytes);
	assert_bytes("link name", bytes, sizeof bytes);
}

Test(message_samples, entries_of_a_report_are_these_bytes)
{
	static const struct report_entry entries[] = {
	    {.id = 5, .incarnation = 1, .generation = 2, .state = REPORT_HERE},
	    {.id = INT_MIN,
	     .incarnation = UINT32_MAX,
	     .generation = UINT64_MAX,
	     .state = REPORT_SILENT,
	     .silent_ms = UINT32_MAX},
	    {.id = 6, .incarnation = 3, .generation = 4, .state = REPORT_LEFT},
	};
	struct buffer bytes = {0};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		report_write(&entries[i], &bytes);
	assert_bytes("report entries", buffer_bytes(&bytes), buffer_size(&bytes));
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		struct report_entry entry = report_read(buffer_bytes(&bytes), i);
		cr_assert_eq(entry.id, entries[i].id);
		cr_assert_eq(entry.incarnation, entries[i].incarnation);
		cr_assert_eq(entry.generation, entries[i].generation);
		cr_assert_eq(entry.state, entries[i].state);
		cr_assert_eq(entry.silent_ms, entries[i].silent_ms);
	}
	buffer_free(&bytes);
}

Test(message_samples, a_tally_is_these_bytes)
{
	struct tally list = {.kind = TALLY_LIST};
	struct tally sum = {.kind = TALLY_SUM};
	struct buffer bytes = {0};

	tally_add_result(&list, 7, "ok", 2, 100);
	tally_add_word(&list, &(struct tally_word){.id = 8, .kind = TALLY_BUSY});
	tally_write(&list, &bytes);
	assert_bytes("tally, list", buffer_bytes(&bytes), buffer_size(&bytes));
	buffer_take(&bytes, buffer_size(&bytes));
	tally_add_result(&sum, 7, "-9", 2, 100);
	tally_add_result(&sum, 8, "9223372036854775807", 19, 100);
	tally_write(&sum, &bytes);
	assert_bytes("tally, sum", buffer_bytes(&bytes), buffer_size(&bytes));
	buffer_free(&bytes);
	tally_clear(&list);
	tally_clear(&sum);
}

Test(message_samples, a_report_of_a_program_is_these_bytes)
{
	static const struct program_report report = {
	    .state = PROGRAM_BACKING_OFF,
	    .pid = INT_MAX,
	    .running = 1,
	    .starts = 2,
	    .restarts = 3,
	    .ends = UINT32_MAX,
	    .started = INT64_MAX,
	    .due = 4,
	    .ended = 5,
	    .ended_pid = 6,
	    .events = UINT64_MAX,
	    .used = {.user_ms = 7, .system_ms = 8, .most_kb = 9},
	    .probe = {.state = PROBE_FAILED,
	              .pid = 10,
	              .failures = 11,
	              .outages = 12,
	              .passed = 13,
	              .changed = 14,
	              .message = "no"},
	    .cause = "signal 9"};
	struct buffer bytes = {0};

	program_report_write(&report, &bytes);
	assert_bytes("program report", buffer_bytes(&bytes), buffer_size(&bytes));
	buffer_free(&bytes);
}
