/* Tries a service of `run` or `json` by the engine that a node has. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "program/checking.h"
#include "program/field.h"
#include "program/program.h"
#include "program/remedy.h"

/* A program that is run may have something to do. */
#define RUN_MS 10000
#define SHOWN  200

struct engine_check {
	const struct checking *c;
	struct engine *engine;
	bool answered;
	enum answer_kind kind;
	char *text; /* owned; NULL: none */
};

static void engine_check_on_answer(void *arg, uint64_t id, const struct answer *answer)
{
	struct engine_check *e = arg;

	(void)id;
	free(e->text);
	e->answered = true;
	e->kind = answer->kind;
	e->text = answer->text ? parse_printable(answer->text, answer->size, SHOWN) : NULL;
	free(answer->text);
	free(answer->detail);
}

static bool engine_check_there(void *arg)
{
	const struct engine_check *e = arg;

	return e->answered;
}

static char *engine_check_args(char *const *args, size_t *size)
{
	struct buffer all = {0};

	for (; *args; args++)
		buffer_add(&all, *args, strlen(*args) + 1);
	*size = buffer_size(&all);
	return buffer_size(&all) ? all.data : mem_string("");
}

/* What no answer, or one that the program did not give, means. */
static bool engine_check_explain(struct engine_check *e)
{
	const struct program_spec *spec = e->c->spec;
	const char *why = e->text ? e->text : "it did not answer in time";
	bool silent = !e->answered || strstr(why, "did not answer");

	return checking_fault(e->c, mem_string(why),
	                      silent && spec->protocol == PROGRAM_JSON ? remedy_buffered(spec)
	                                                               : NULL);
}

static bool engine_check_ask(struct engine_check *e, const char *what, char *const *args,
                             int64_t limit)
{
	struct check_step *step = checking_step(e->c, what, args);
	const int64_t start = clock_ms();
	const size_t said = checking_said();
	struct engine_request request = {.id = e->c->report->count, .deadline = start + limit};

	request.args = engine_check_args(args, &request.size);
	e->answered = false;
	engine_ask(e->engine, &request);
	checking_await(e->c, limit + 1000, engine_check_there, e);
	step->ms = clock_ms() - start;
	if (checking_said() > said)
		step->said = checking_word();
	if (!e->answered || (e->kind != ANSWER_DONE && e->kind != ANSWER_REFUSED))
		return engine_check_explain(e);
	step->end = e->kind == ANSWER_DONE ? CHECK_ANSWERED : CHECK_REFUSED;
	step->answer = mem_string(e->text ? e->text : "");
	return true;
}

static void engine_check_all(struct engine_check *e)
{
	const struct checking *c = e->c;
	const bool run = c->spec->protocol == PROGRAM_RUN;
	int64_t limit = run ? RUN_MS : CHECK_FIRST_MS;
	static const char *const names[] = {"1", "2", "3"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!engine_check_ask(e, names[i], c->good, limit))
			return;
		if (c->report->steps[i].end == CHECK_REFUSED) {
			checking_fault(c, mem_format("it answers with an error: %s", e->text),
			               mem_string("check = ARGS, to ask it something else"));
			return;
		}
		limit = run ? RUN_MS : CHECK_ANSWER_MS;
	}
	if (!c->bad || !engine_check_ask(e, "error", c->bad, limit))
		return;
	if (c->report->steps[ARRAY_SIZE(names)].end == CHECK_ANSWERED)
		checking_note(c, mem_string("an error is a result as others are"));
	engine_check_ask(e, "after it", c->good, limit);
}

void check_engine(const struct checking *c)
{
	struct engine_check e = {.c = c};

	program_field_clear(&c->spec->probe);
	if (c->spec->start_timeout_ms > CHECK_FIRST_MS)
		c->spec->start_timeout_ms = CHECK_FIRST_MS;
	e.engine = program_open(c->loop, c->spec, &c->node, engine_check_on_answer, &e);
	engine_check_all(&e);
	engine_free(e.engine);
	free(e.text);
}
