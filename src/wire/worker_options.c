/* The table of a worker's options. Nothing here keeps state. */
#include "wire/worker_options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "wire/message.h"

#define ORPHAN_TIMEOUT_MAX ((int64_t)24 * 3600 * 1000)

struct worker_option {
	const char *name; /* without the dashes */
	size_t at;        /* offset of its value in struct worker_options */
	enum { OPTION_ID, OPTION_NUMBER, OPTION_TEXT, OPTION_TEXT_OR_NONE } type;
	int64_t min; /* OPTION_NUMBER */
	int64_t max;
};

#define AT(field) .at = offsetof(struct worker_options, field)

/* In the order of the command line. */
static const struct worker_option worker_options[] = {
    {"protocol", AT(protocol), OPTION_NUMBER, 1, INT32_MAX},
    {"node", AT(node), OPTION_ID},
    {"incarnation", AT(incarnation), OPTION_NUMBER, 1, UINT32_MAX},
    {"listen", AT(listen), OPTION_TEXT},
    {"parent", AT(parent), OPTION_TEXT},
    {"controller", AT(controller), OPTION_TEXT},
    {"link-key", AT(link_key), OPTION_TEXT_OR_NONE},
    {"service", AT(service), OPTION_TEXT},
    {"service-file", AT(service_file), OPTION_TEXT_OR_NONE},
    {"log-ring", AT(log_ring), OPTION_TEXT_OR_NONE},
    {"control-group", AT(control_group), OPTION_TEXT_OR_NONE},
    {"credentials", AT(credentials), OPTION_TEXT_OR_NONE},
    {"state", AT(state), OPTION_TEXT},
    {"lives", AT(lives), OPTION_TEXT},
    {"durability", AT(durability), OPTION_TEXT},
    {"supervisor", AT(supervisor), OPTION_NUMBER, 1, INT32_MAX},
    {"epoch", AT(epoch), OPTION_NUMBER, 1, (int64_t)MESSAGE_EPOCH_MAX},
    {"orphan-timeout", AT(orphan_timeout_ms), OPTION_NUMBER, 0, ORPHAN_TIMEOUT_MAX},
    {"log", AT(log_level), OPTION_NUMBER, LOG_LEVEL_ERROR, LOG_LEVEL_DEBUG},
    {"log-socket", AT(log_socket), OPTION_TEXT},
};

#define OPTIONS ARRAY_SIZE(worker_options)

static int64_t worker_option_number(const struct worker_option *row, const struct worker_options *o)
{
	int64_t number;

	memcpy(&number, (const char *)o + row->at, sizeof number);
	return number;
}

static const char *worker_option_text(const struct worker_option *row,
                                      const struct worker_options *o)
{
	const char *text;

	memcpy(&text, (const char *)o + row->at, sizeof text);
	return text;
}

static char *worker_option_value(const struct worker_option *row, const struct worker_options *o)
{
	switch (row->type) {
	case OPTION_ID:
	case OPTION_NUMBER:
		return mem_format("%lld", (long long)worker_option_number(row, o));
	case OPTION_TEXT:
	case OPTION_TEXT_OR_NONE:
		return mem_string(worker_option_text(row, o));
	}
	return NULL;
}

char **worker_options_write(const char *program, const struct worker_options *o)
{
	char **words = mem_new((2 * OPTIONS + 2) * sizeof *words);
	size_t count = 0;

	words[count++] = mem_string(program);
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct worker_option *row = &worker_options[i];
		if (row->type == OPTION_TEXT_OR_NONE && !worker_option_text(row, o))
			continue;
		words[count++] = mem_format("--%s", row->name);
		words[count++] = worker_option_value(row, o);
	}
	return words;
}

void worker_options_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

static int worker_option_read(const struct worker_option *row, struct worker_options *o,
                              const char *value, struct error *err)
{
	int64_t number = 0;
	int id = 0;

	switch (row->type) {
	case OPTION_ID:
		if (parse_id(value, strlen(value), row->name, &id, err))
			return -1;
		number = id;
		break;
	case OPTION_NUMBER:
		if (parse_range(value, strlen(value), row->name, row->min, row->max, &number, err))
			return -1;
		break;
	case OPTION_TEXT:
	case OPTION_TEXT_OR_NONE:
		memcpy((char *)o + row->at, &value, sizeof value);
		return 0;
	}
	memcpy((char *)o + row->at, &number, sizeof number);
	return 0;
}

/* The index of the option "--NAME" in the table; OPTIONS: there is none. */
static size_t worker_option_find(const char *word)
{
	size_t i = 0;

	if (strncmp(word, "--", 2) != 0)
		return OPTIONS;
	while (i < OPTIONS && strcmp(worker_options[i].name, word + 2) != 0)
		i++;
	return i;
}

int worker_options_read(struct worker_options *o, int argc, char *const argv[], struct error *err)
{
	bool given[OPTIONS] = {false};

	memset(o, 0, sizeof *o);
	for (int i = 1; i < argc; i += 2) {
		size_t at = worker_option_find(argv[i]);
		if (at == OPTIONS || i + 1 == argc || given[at])
			return error_set(err, ERR_PARAMS, "is started by dtreed only");
		if (worker_option_read(&worker_options[at], o, argv[i + 1], err))
			return -1;
		given[at] = true;
	}
	for (size_t i = 0; i < OPTIONS; i++)
		if (!given[i] && worker_options[i].type != OPTION_TEXT_OR_NONE)
			return error_set(err, ERR_PARAMS, "is started by dtreed only");
	return 0;
}
