/* What is asked, and what all ways of asking need. Owns, while it runs, the lines that programs
 * say. */
#include "program/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "program/checking.h"
#include "program/remedy.h"
#include "program/words.h"

#define ASKED_BY_DEFAULT "1"

/* One word, NULL behind it; no word for NULL. New memory. */
static char **check_word(const char *word)
{
	char **words = mem_new_array(2, sizeof *words);

	if (word)
		words[0] = mem_string(word);
	return words;
}

/* What the table knows is for line services. */
static char **check_default(const struct program_spec *s, bool bad)
{
	const struct remedy *r = s->protocol == PROGRAM_LINES ? remedy_find(s) : NULL;

	if (bad)
		return r && r->bad ? check_word(r->bad) : NULL;
	if (s->protocol != PROGRAM_LINES)
		return check_word(s->method_first ? "ping" : NULL);
	return check_word(r && r->good ? r->good : ASKED_BY_DEFAULT);
}

void check_service(struct ev_loop *loop, struct program_spec *spec, char *const *good,
                   char *const *bad, const char *dir, struct check_report *report)
{
	const bool has_bad = bad || spec->check_error;
	char **own_good = good || spec->check ? NULL : check_default(spec, false);
	char **own_bad = bad || spec->check_error ? NULL : check_default(spec, true);
	const struct checking c = {
	    .loop = loop,
	    .spec = spec,
	    .node = {.state_dir = dir, .durability = "none"},
	    .good = good          ? good
	            : spec->check ? spec->check
	                          : own_good,
	    .bad = bad                 ? bad
	           : spec->check_error ? spec->check_error
	                               : own_bad,
	    .report = report,
	};

	*report = (struct check_report){0};
	checking_begin(spec->name);
	if (spec->protocol == PROGRAM_LINES)
		check_lines(&c);
	else
		check_engine(&c);
	if (!has_bad && !own_bad && !report->fault)
		checking_note(&c, mem_string("no error was tried, as none is known: check-error = "
		                             "ARGS declares one"));
	checking_end();
	program_words_free(own_good);
	program_words_free(own_bad);
}

void check_report_free(struct check_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free(report->steps[i].asked);
		free(report->steps[i].answer);
		free(report->steps[i].said);
	}
	free(report->fault);
	free(report->remedy);
	free(report->note);
}
