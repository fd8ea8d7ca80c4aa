/*
 * The control socket with a fake controller: for any input every line that comes back is JSON-RPC,
 * a request behind the input is answered (or the connection is closed, for a line over the limit or
 * a shutdown), and answers do not depend on the cuts.
 *
 * Input: one byte for the cuts, one for the controller (bit 0: it answers nothing; bit 1: it fails
 * whatever it is asked), then what the client writes.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "control/test/control_fixture.h"
#include "fuzz.h"
#include "wire/json.h"
#include "wire/json_write.h"

#define LINE_MAX_BYTES ((size_t)4096)
#define LAST           "\n{\"jsonrpc\":\"2.0\",\"id\":\"the last\",\"method\":\"hello\"}\n"

static void check_reply(const struct cJSON *reply)
{
	const char *text;

	CHECK(json_is_object(reply));
	CHECK(json_string(json_member(reply, "jsonrpc"), "jsonrpc", &text, NULL, NULL) == 0);
	CHECK(strcmp(text, "2.0") == 0);
	CHECK(json_member(reply, "id"));
	CHECK(!json_member(reply, "result") != !json_member(reply, "error"));
	if (json_member(reply, "error")) {
		const struct cJSON *error = json_member(reply, "error");
		int64_t code;

		CHECK(json_int(json_member(error, "code"), "code", INT32_MIN, -1, &code, NULL) ==
		      0);
		CHECK(json_string(json_member(error, "message"), "message", &text, NULL, NULL) ==
		      0);
		CHECK(*text && !strchr(text, '\n'));
	}
}

static void check_line(const char *line)
{
	struct error err;
	struct cJSON *json = json_parse(line, strlen(line), JSON_REPLY_VALUES, NULL, &err);

	CHECK(json);
	if (json_is_array(json)) {
		CHECK(json_first(json));
		for (const struct cJSON *e = json_first(json); e; e = json_next(e))
			check_reply(e);
	} else if (!json_member(json, "method")) {
		check_reply(json);
	}
	json_free(json);
}

/* All lines that came back, joined, up to the last reply or the end. */
static struct buffer converse(const char *bytes, size_t size, uint8_t mode, struct cuts *cuts)
{
	struct buffer said = {0};
	bool last = false;
	char *line;

	/* One controller for many inputs, because making it is slow. It keeps nothing of former
	 * clients. */
	if (!control)
		control_start(LINE_MAX_BYTES, 0);
	fake->heartbeat_ms = 0;
	fake->last_stream = 0;
	fake->hold = mode & 1;
	fake->fails = mode & 2 ? ERR_NODE_UNAVAILABLE : ERR_NONE;
	peer = peer_new();
	while (size) {
		size_t n = cuts ? cuts_next(cuts, size) : size;
		peer_write(peer, bytes, n);
		if (cuts)
			ev_run(loop, EVRUN_NOWAIT);
		bytes += n;
		size -= n;
	}
	/* Behind all that is known by then: what is answered without the controller waits for
	 * nothing. */
	settle();
	peer_write(peer, LAST, strlen(LAST));
	settle();
	while (!last && !shutdowns && (line = peer_line(peer))) {
		check_line(line);
		last = strstr(line, "\"id\":\"the last\"") != NULL;
		/* Events are numbered for as long as the controller is there. */
		if (!strstr(line, "\"seq\":"))
			buffer_format(&said, "%s\n", line);
		free(line);
	}
	peer_free(peer);
	wait_for(fake->sessions == 0);
	CHECK(!fake->calls && !fake->stream_list);
	if (shutdowns) {
		control_stop();
		control = NULL;
		shutdowns = 0;
	}
	return said;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines in an order of their own: replies to different nodes have none. New memory. */
static char *sorted(const struct buffer *said)
{
	cleanup_free char *text = mem_copy(buffer_bytes(said), buffer_size(said));
	cleanup_free char **lines = mem_new_array(buffer_size(said) + 1, sizeof *lines);
	struct buffer all = {0};
	char *rest = text;
	char *line;
	size_t count = 0;

	while ((line = strsep(&rest, "\n")))
		lines[count++] = line;
	qsort(lines, count, sizeof *lines, compare_lines);
	for (size_t i = 0; i < count; i++)
		buffer_format(&all, "%s\n", lines[i]);
	buffer_add(&all, "", 1);
	return buffer_bytes(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole;
	struct buffer cut;
	struct cuts cuts;

	if (size < 3)
		return 0;
	cuts = cuts_open(data[0], size);
	whole = converse((const char *)data + 2, size - 2, data[1], NULL);
	cut = converse((const char *)data + 2, size - 2, data[1], &cuts);
	/* Nobody knows the number of a stream before it is told: what guesses it depends on the
	 * cuts. */
	if (!memmem(data, size, "stream", strlen("stream"))) {
		cleanup_free char *one = sorted(&whole);
		cleanup_free char *other = sorted(&cut);

		CHECK(strcmp(one, other) == 0);
	}
	buffer_free(&whole);
	buffer_free(&cut);
	return 0;
}
