/* Owns, while a service is tried, what its programs have said last. */
#include "program/checking.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"

#define SHOWN 200

static struct {
	size_t lines;
	char *last; /* owned */
	char *mark; /* owned: how a line of a program begins */
} said;

/* "dtree-check: calc[3130]: TEXT". */
static void check_on_line(const char *line, size_t n)
{
	const char *at = strstr(line, said.mark);
	const char *text = at ? strstr(at, "]: ") : NULL;

	if (!text)
		return;
	text += strlen("]: ");
	said.lines++;
	free(said.last);
	said.last = mem_copy(text, n - (size_t)(text - line) - 1);
}

void checking_begin(const char *name)
{
	said.mark = mem_format("%s[", name);
	log_divert(check_on_line, false);
}

void checking_end(void)
{
	log_divert(NULL, false);
	free(said.mark);
	free(said.last);
	memset(&said, 0, sizeof said);
}

size_t checking_said(void)
{
	return said.lines;
}

char *checking_word(void)
{
	return mem_string(said.last ? said.last : "");
}

static void check_on_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(loop, EVBREAK_ONE);
}

bool checking_await(const struct checking *c, int64_t ms, bool (*there)(void *arg), void *arg)
{
	const int64_t until = clock_ms() + ms;
	ev_timer over;
	int64_t left;

	ev_init(&over, check_on_over);
	while (!there(arg)) {
		left = until - clock_ms();
		if (left <= 0)
			return false;
		ev_now_update(c->loop);
		ev_timer_set(&over, (double)left / 1000, 0.);
		ev_timer_start(c->loop, &over);
		ev_run(c->loop, EVRUN_ONCE);
		ev_timer_stop(c->loop, &over);
	}
	return true;
}

char *checking_line(char *const *args)
{
	struct buffer line = {0};

	for (; *args; args++) {
		buffer_add_string(&line, *args);
		if (args[1])
			buffer_add_string(&line, " ");
	}
	buffer_add(&line, "", 1);
	return line.data;
}

struct check_step *checking_step(const struct checking *c, const char *what, char *const *args)
{
	struct check_step *step = &c->report->steps[c->report->count++];
	cleanup_free char *line = checking_line(args);

	*step = (struct check_step){
	    .what = what, .asked = parse_printable(line, strlen(line), SHOWN), .end = CHECK_SILENT};
	return step;
}

bool checking_fault(const struct checking *c, char *fault, char *remedy)
{
	if (c->report->fault) {
		free(fault);
		free(remedy);
		return false;
	}
	c->report->fault = fault;
	c->report->remedy = remedy;
	return false;
}

void checking_note(const struct checking *c, char *note)
{
	if (c->report->note)
		free(note);
	else
		c->report->note = note;
}
