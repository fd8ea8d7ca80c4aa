/*
 * JSON services with any output, by both framings: see program.h. What an answer has was said, or
 * is an error of dtree.
 *
 * Input: one byte for the service, one for the cuts, then what the program writes.
 */
#include <string.h>

#include "base/parse.h"
#include "program.h"

/* reply-max, and as much as a message may have beside. */
#define SAID_MAX (256 + 65536)

static const char *const plain[] = {"command", "x", "reply-max", "256", "concurrency", "8", NULL};
static const char *const headers[] = {"command", "x",           "reply-max", "256", "framing",
                                      "headers", "concurrency", "8",         NULL};
static const char *const greeted[] = {
    "command",
    "x",
    "reply-max",
    "256",
    "method",
    "first",
    "hello",
    "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"initialize\"}",
    "hello",
    "{\"jsonrpc\":\"2.0\",\"method\":\"initialized\"}",
    "cancel-method",
    "gone",
    NULL};
static const char *const *const services[] = {plain, headers, greeted};
static const char *const args[] = {"a", "[1]", NULL};

static void on_json_answer(size_t call, const struct answer *answer)
{
	(void)call;
	CHECK(answer->size <= SAID_MAX);
	CHECK(!answer->text || parse_utf8(answer->text, answer->size));
	CHECK(!answer->detail || strlen(answer->detail) <= SAID_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct program_run run = {.protocol = "json", .args = args, .answered = on_json_answer};
	struct cuts cuts;

	if (size < 2)
		return 0;
	run.keys = services[data[0] % (sizeof services / sizeof *services)];
	run.line_max = run.keys == headers ? 0 : SAID_MAX;
	cuts = cuts_open(data[1], size);
	program_run(&run, data + 2, size - 2, &cuts);
	return 0;
}
