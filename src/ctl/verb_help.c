/* Owns nothing. */
#include "ctl/verb_help.h"

#include <string.h>

#include "base/mem.h"

/* Columns of a command's usage, in lists. */
#define USAGE_WIDTH 38

/* Columns of a line. */
#define LINE_WIDTH 98

/* "kill|remove ID". New memory. */
static char *verb_shown(const struct verb *verb)
{
	return mem_format("%s%s%s%s%s", verb->name, verb->alias ? "|" : "",
	                  verb->alias ? verb->alias : "", *verb->args ? " " : "", verb->args);
}

/* A line each, cut at blanks; options stay with their values, as "[--name NAME]". */
static void verb_wrap(struct buffer *out, const char *usage)
{
	size_t column = strlen("  ");

	buffer_add_string(out, "  ");
	while (*usage) {
		size_t n = *usage == '[' ? strcspn(usage, "]") + 1 : strcspn(usage, " ");
		n += strcspn(usage + n, " ");
		if (column > strlen("  ") && column + n + 1 > LINE_WIDTH) {
			buffer_add_string(out, "\n     ");
			column = strlen("     ");
		}
		if (column > strlen("  ")) {
			buffer_add_string(out, " ");
			column++;
		}
		buffer_add(out, usage, n);
		column += n;
		usage += n + (usage[n] == ' ');
	}
}

static void verb_line(struct buffer *out, const struct verb *verb)
{
	cleanup_free char *left = verb_shown(verb);

	if (strlen(left) > USAGE_WIDTH) {
		verb_wrap(out, left);
		buffer_format(out, "\n  %-*s %s\n", USAGE_WIDTH, "", verb->help);
	} else {
		buffer_format(out, "  %-*s %s\n", USAGE_WIDTH, left, verb->help);
	}
}

void verb_describe(struct buffer *out, const struct verb *verb, enum verb_place place)
{
	const struct verb *form;
	bool found = false;

	for (size_t i = 0; (form = verb_at(i)); i++) {
		if (strcmp(form->name, verb->name) != 0 || !(form->places & place))
			continue;
		verb_line(out, form);
		found = true;
	}
	if (!found)
		buffer_format(out, "%s works %s only\n", verb->name,
		              place == PLACE_ONCE ? "in the shell" : "outside the shell");
}

void verb_list(struct buffer *out, enum verb_place place)
{
	const struct verb *form;

	for (size_t i = 0; (form = verb_at(i)); i++)
		if (form->places & place)
			verb_line(out, form);
}
