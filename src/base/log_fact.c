/* Nothing is kept. */
#include "base/log_fact.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log_journal.h"
#include "base/mem.h"

#define FIELDS_MAX  5
#define NUMBER_SIZE 24

struct log_fact_fields {
	struct log_field items[FIELDS_MAX];
	char numbers[FIELDS_MAX][NUMBER_SIZE];
	size_t count;
};

static void log_fact_add(struct log_fact_fields *fields, const char *name, const char *value)
{
	if (value)
		fields->items[fields->count++] = (struct log_field){name, value};
}

static void log_fact_add_number(struct log_fact_fields *fields, const char *name, int64_t value)
{
	char *number = fields->numbers[fields->count];

	snprintf(number, NUMBER_SIZE, "%lld", (long long)value);
	log_fact_add(fields, name, number);
}

static bool log_fact_to_journal(enum log_level level, enum fact fact, const struct log_about *about,
                                const char *area, const char *text)
{
	struct log_fact_fields fields = {.count = 0};
	cleanup_free char *line = mem_format("%s: %s", area, text);

	log_clean(line);
	log_fact_add(&fields, "MESSAGE_ID", fact_id(fact));
	if (about) {
		if (about->has_node)
			log_fact_add_number(&fields, "DTREE_NODE", about->node);
		log_fact_add(&fields, "DTREE_SERVICE", about->service);
		if (about->request)
			log_fact_add_number(&fields, "DTREE_REQUEST", (int64_t)about->request);
		if (about->pid)
			log_fact_add_number(&fields, "DTREE_PID", about->pid);
	}
	return log_journal_line(level, line, fields.items, fields.count);
}

void log_fact(enum log_level level, enum fact fact, const struct log_about *about, const char *area,
              const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	if (level > log_level())
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text && !log_fact_to_journal(level, fact, about, area, text))
		log_marked(level, fact_name(fact), area, text);
}
