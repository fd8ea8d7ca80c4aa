/* The table of options of an exec. Stateless. */
#include "ctl/exec_options.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

/* How much of a culprit an error repeats. */
#define SHOWN 48
/* The longest time of one request: a day (dtree-protocol(7)). */
#define TIMEOUT_MAX_MS 86400000

/* A row has either a flag or a value, which is read by `read`. */
struct exec_option {
	const char *name;
	size_t flag; /* its place in struct exec_options */
	bool once;   /* only outside the shell */
	/* The value, as "--name VALUE" or "--name=VALUE". NULL: it has none. */
	int (*read)(const struct word *value, struct exec_options *o, struct error *err);
};

int exec_options_keep(char kept[EXEC_NAME], const char *what, const struct word *word,
                      struct error *err)
{
	cleanup_free char *shown = NULL;

	if (word->n && word->n < EXEC_NAME && parse_utf8(word->s, word->n)) {
		memcpy(kept, word->s, word->n);
		kept[word->n] = '\0';
		return 0;
	}
	shown = parse_printable(word->s, word->n, SHOWN);
	return error_set(err, ERR_PARAMS, "%s '%s' is empty, too long or not UTF-8", what, shown);
}

static int exec_option_read_any(const struct word *value, struct exec_options *o, struct error *err)
{
	return exec_options_keep(o->any, "group", value, err);
}

int exec_options_timeout(const char *command, const struct word *value, int64_t *ms,
                         struct error *err)
{
	if (parse_seconds(value->s, value->n, TIMEOUT_MAX_MS, ms))
		return error_set(err, ERR_PARAMS, "%s --timeout takes seconds, from 0.001 to 86400",
		                 command);
	return 0;
}

static int exec_option_read_timeout(const struct word *value, struct exec_options *o,
                                    struct error *err)
{
	return exec_options_timeout("exec", value, &o->timeout_ms, err);
}

static const struct exec_option exec_option_rows[] = {
    {.name = "--any", .read = exec_option_read_any},
    {.name = "--stdin", .flag = offsetof(struct exec_options, input), .once = true},
    {.name = "--raw", .flag = offsetof(struct exec_options, raw), .once = true},
    {.name = "--timeout", .read = exec_option_read_timeout},
    {.name = "--unordered", .flag = offsetof(struct exec_options, unordered)},
};

static bool *exec_option_flag(const struct exec_option *row, struct exec_options *o)
{
	return (bool *)((char *)o + row->flag);
}

static const struct exec_option *exec_option_find(const struct words *args, size_t *at,
                                                  struct word *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(exec_option_rows); i++) {
		const struct exec_option *row = &exec_option_rows[i];
		if (row->read ? words_option(args, at, row->name, value)
		              : word_is(&args->items[*at], row->name))
			return row;
	}
	return NULL;
}

int exec_options_read(const struct words *args, size_t *at, struct exec_options *o,
                      struct error *err)
{
	const struct exec_option *row;
	struct word value;

	while (*at < args->count && (row = exec_option_find(args, at, &value))) {
		++*at;
		if (!row->read)
			*exec_option_flag(row, o) = true;
		else if (row->read(&value, o, err))
			return -1;
	}
	return 0;
}

bool exec_options_any(const struct words *args, size_t at, size_t end)
{
	struct word value;

	for (size_t width; at < end && (width = exec_options_width(args, at)); at += width) {
		size_t last = at;
		if (words_option(args, &last, "--any", &value))
			return true;
	}
	return false;
}

size_t exec_options_width(const struct words *args, size_t at)
{
	size_t last = at;
	struct word value;

	return exec_option_find(args, &last, &value) ? last - at + 1 : 0;
}

const char *exec_options_once(const struct exec_options *o)
{
	struct exec_options copy = *o;

	for (size_t i = 0; i < ARRAY_SIZE(exec_option_rows); i++) {
		const struct exec_option *row = &exec_option_rows[i];
		if (row->once && !row->read && *exec_option_flag(row, &copy))
			return row->name;
	}
	return NULL;
}

const char *exec_options_at(size_t i)
{
	return i < ARRAY_SIZE(exec_option_rows) ? exec_option_rows[i].name : NULL;
}
