/*
 * Line services with any output: see program.h. An answer is a line that was said behind that of
 * the answer before it, and no line is two answers.
 *
 * Input: one byte for the service, one for the cuts, then what the program writes.
 */
#include <string.h>

#include "program.h"

#define REPLY_MAX 64

static const char *const plain[] = {"command", "x", "reply-max", "64", NULL};
static const char *const ahead[] = {"command", "x", "reply-max", "64", "concurrency", "8", NULL};
static const char *const marked[] = {"command", "x",           "reply-max", "64", "error-prefix",
                                     "E:",      "concurrency", "3",         NULL};
static const char *const sentinel[] = {
    "command",      "x",  "reply-max", "64",    "sentinel", "'say' end",
    "error-prefix", "E:", "hello",     "first", NULL};
static const char *const *const services[] = {plain, ahead, marked, sentinel};
static const char *const args[] = {"a", "b", NULL};

static bool whole_lines; /* an answer is one line as it stands */

static void on_lines_answer(size_t call, const struct answer *answer)
{
	const char *line;
	size_t n;

	(void)call;
	if (answer->kind != ANSWER_DONE && answer->kind != ANSWER_REFUSED)
		return;
	CHECK(answer->size < REPLY_MAX);
	if (!whole_lines || answer->kind == ANSWER_REFUSED)
		return;
	do
		CHECK(program_line(&line, &n));
	while (n != answer->size || (n && memcmp(line, answer->text, n) != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct program_run run = {.protocol = "lines", .args = args, .answered = on_lines_answer};
	struct cuts cuts;

	if (size < 2)
		return 0;
	run.keys = services[data[0] % (sizeof services / sizeof *services)];
	whole_lines = run.keys != sentinel;
	cuts = cuts_open(data[1], size);
	program_run(&run, data + 2, size - 2, &cuts);
	return 0;
}
