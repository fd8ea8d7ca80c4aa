/*
 * The table of keys. A row says where a value goes, of what kind it is, and which protocols know
 * it; the defaults are set from the rows as if somebody had written them.
 */
#include "program/spec.h"

#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/parse.h"
#include "program/field.h"
#include "program/value.h"

#define DAY_MS    86400000
#define MIB       ((int64_t)1024 * 1024)
#define TIB       (MIB * MIB)
#define FILES_MAX 1073741816 /* more than the kernel's fs.nr_open ever allows */
/* How much of a culprit an error repeats. */
#define SHOWN 80

enum kind {
	KIND_TEXT,
	KIND_PATH,
	KIND_ACCOUNT,
	KIND_COMMAND,
	KIND_WORDS,
	KIND_PAIR, /* sentinel */
	KIND_CHOICE,
	KIND_SWITCH, /* a choice of two */
	KIND_NUMBER,
	KIND_SIZE,
	KIND_MASK,
	/* Those that add. */
	KIND_TEXTS,
	KIND_PATHS,
	KIND_ASSIGNMENTS,
	KIND_CREDENTIALS,
};

struct key {
	const char *name;
	enum kind kind;
	size_t at;          /* of the field in struct program_spec, by kind */
	unsigned protocols; /* that know it, by bits */
	const char *preset; /* the default; NULL: none, as the field says */
	choice_fn *words;   /* KIND_CHOICE, KIND_SWITCH */
	int64_t min;
	int64_t max;
	bool aside; /* nothing that a node runs depends on it */
	bool probe; /* is about the probe only */
};

const char *program_protocol_name(size_t i)
{
	static const char *const words[] = {
	    [PROGRAM_RUN] = "run", [PROGRAM_LINES] = "lines", [PROGRAM_JSON] = "json"};

	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

enum program_protocol program_spec_kind(const struct program_spec *s)
{
	return s->library ? PROGRAM_LIBRARY : s->protocol;
}

const char *program_spec_kind_name(const struct program_spec *s)
{
	return s->library ? "library" : program_protocol_name(s->protocol);
}

static const char *start_at(size_t i)
{
	static const char *const words[] = {
	    [PROGRAM_START_CREATE] = "create", [PROGRAM_START_DEMAND] = "demand"};

	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *framing_at(size_t i)
{
	static const char *const words[] = {
	    [PROGRAM_FRAMING_LINES] = "lines", [PROGRAM_FRAMING_HEADERS] = "headers"};

	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *terminal_at(size_t i)
{
	static const char *const words[] = {"none", "output"};

	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *method_at(size_t i)
{
	static const char *const words[] = {"exec", "first"};

	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

#define TO(field) .at = offsetof(struct program_spec, field)
#define RUN       (1U << PROGRAM_RUN)
#define LINES     (1U << PROGRAM_LINES)
#define JSON      (1U << PROGRAM_JSON)
#define STAYS     (LINES | JSON)
#define ALL       (RUN | STAYS)
#define LIBRARY   (1U << PROGRAM_LIBRARY)

static const struct key keys[] = {
    {"protocol", KIND_CHOICE, TO(protocol), ALL, .words = program_protocol_name},
    {"command", KIND_COMMAND, TO(command), ALL},
    {"library", KIND_PATH, TO(library), LIBRARY},
    {"summary", KIND_TEXT, TO(summary), ALL | LIBRARY, .aside = true},
    {"usage", KIND_TEXT, TO(usage), ALL | LIBRARY, .aside = true},
    {"start", KIND_CHOICE, TO(start), STAYS, "create", .words = start_at},
    {"framing", KIND_CHOICE, TO(framing), JSON, "lines", .words = framing_at},
    {"concurrency", KIND_NUMBER, TO(concurrency), ALL, "1", .min = 1, .max = 1024},
    {"instances", KIND_NUMBER, TO(instances), ALL | LIBRARY, "0", .min = 0,
     .max = PROGRAM_INSTANCES_MAX, .aside = true},
    {"start-timeout", KIND_NUMBER, TO(start_timeout_ms), STAYS, "10000", .min = 1, .max = DAY_MS},
    {"stop-grace", KIND_NUMBER, TO(stop_grace_ms), ALL, "2000", .min = 0, .max = 60000},
    {"idle-timeout", KIND_NUMBER, TO(idle_timeout_ms), STAYS, "0", .min = 0, .max = DAY_MS},
    {"reply-max", KIND_SIZE, TO(reply_max), ALL, "64M", .min = 1, .max = 64 * MIB},
    {"terminal", KIND_SWITCH, TO(terminal_output), STAYS, "none", .words = terminal_at},
    {"hello", KIND_TEXTS, TO(hello), STAYS},
    {"sentinel", KIND_PAIR, TO(sentinel), LINES},
    {"error-prefix", KIND_TEXT, TO(error_prefix), LINES},
    {"check", KIND_WORDS, TO(check), ALL, .aside = true},
    {"check-error", KIND_WORDS, TO(check_error), ALL, .aside = true},
    {"probe", KIND_WORDS, TO(probe), ALL, .probe = true},
    {"probe-interval", KIND_NUMBER, TO(probe_interval_ms), ALL, "30000", .min = 100, .max = DAY_MS,
     .probe = true},
    {"probe-timeout", KIND_NUMBER, TO(probe_timeout_ms), ALL, "10000", .min = 1, .max = DAY_MS,
     .probe = true},
    {"method", KIND_SWITCH, TO(method_first), JSON, "exec", .words = method_at},
    {"cancel-method", KIND_TEXT, TO(cancel_method), JSON, "cancel"},
    {"directory", KIND_PATH, TO(directory), ALL},
    {"environment", KIND_ASSIGNMENTS, TO(environment), ALL},
    {"environment-file", KIND_PATHS, TO(environment_files), ALL},
    {"credential", KIND_CREDENTIALS, TO(credentials), ALL},
    {"user", KIND_ACCOUNT, TO(user), ALL},
    {"group", KIND_ACCOUNT, TO(group), ALL},
    {"umask", KIND_MASK, TO(umask), ALL, .max = 0777},
    {"nice", KIND_NUMBER, TO(nice), ALL, .min = -20, .max = 19},
    {"limit-files", KIND_NUMBER, TO(limit_files), ALL, .min = 16, .max = FILES_MAX},
    {"limit-memory", KIND_SIZE, TO(limit_memory), ALL, .min = MIB, .max = TIB},
    {"limit-core", KIND_SIZE, TO(limit_core), ALL, .min = 0, .max = TIB},
    {"memory-max", KIND_SIZE, TO(memory_max), ALL, .min = MIB, .max = TIB},
    {"tasks-max", KIND_NUMBER, TO(tasks_max), ALL, .min = 1, .max = 4194304},
    {"cpu-weight", KIND_NUMBER, TO(cpu_weight), ALL, .min = 1, .max = 10000},
};

_Static_assert(ARRAY_SIZE(keys) <= 64, "program_spec.given has a bit for each key");

const char *program_spec_key_at(size_t i)
{
	return i < ARRAY_SIZE(keys) ? keys[i].name : NULL;
}

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

unsigned program_spec_protocols(size_t i)
{
	return keys[i].protocols;
}

static bool key_adds(const struct key *key)
{
	return key->kind >= KIND_TEXTS;
}

bool program_spec_repeatable(const char *key)
{
	const struct key *row = key_find(key);

	return row && key_adds(row);
}

static int key_unknown(const char *name, struct error *err)
{
	cleanup_free char *shown = parse_printable(name, strlen(name), SHOWN);
	const char *near = choice_nearest(name, strlen(name), program_spec_key_at);
	cleanup_free char *list = NULL;

	if (near)
		return error_set(err, ERR_PARAMS, "unknown key '%s'; is '%s' meant?", shown, near);
	list = choice_list(program_spec_key_at);
	return error_set(err, ERR_PARAMS, "unknown key '%s'; there are %s", shown, list);
}

static int key_set(const struct key *key, struct program_spec *s, const char *value,
                   struct error *err)
{
	void *field = (char *)s + key->at;
	unsigned number;

	switch (key->kind) {
	case KIND_TEXT:
		break;
	case KIND_PATH:
	case KIND_PATHS:
		if (program_value_path(key->name, value, err))
			return -1;
		break;
	case KIND_ACCOUNT:
		if (program_value_account(key->name, value, err))
			return -1;
		break;
	case KIND_COMMAND:
		return program_field_command(key->name, field, value, err);
	case KIND_WORDS:
		return program_field_words(key->name, field, value, err);
	case KIND_PAIR:
		return program_field_pair(key->name, &s->sentinel, &s->sentinel_answer, value, err);
	case KIND_CHOICE:
		return program_value_choice(key->name, value, key->words, field, err);
	case KIND_SWITCH:
		if (program_value_choice(key->name, value, key->words, &number, err))
			return -1;
		*(bool *)field = number;
		return 0;
	case KIND_NUMBER:
		return program_value_number(key->name, value, key->min, key->max, field, err);
	case KIND_SIZE:
		return program_value_size(key->name, value, key->min, key->max, field, err);
	case KIND_MASK:
		return program_value_mask(key->name, value, key->max, field, err);
	case KIND_TEXTS:
		break;
	case KIND_ASSIGNMENTS:
		return program_field_assign(key->name, field, value, err);
	case KIND_CREDENTIALS:
		return program_field_credential(key->name, field, value, err);
	}
	if (key_adds(key))
		program_field_add(field, value);
	else
		program_field_string(field, value);
	return 0;
}

static int key_store(const struct key *key, struct program_spec *s, const char *value,
                     struct error *err)
{
	if (key_adds(key) && !*value) {
		program_field_clear((char ***)(void *)((char *)s + key->at));
		return 0;
	}
	if (strlen(value) > PROGRAM_VALUE_MAX)
		return error_set(err, ERR_PARAMS, "%s has %zu bytes; at most %d are possible",
		                 key->name, strlen(value), PROGRAM_VALUE_MAX);
	if (program_value_text(key->name, value, err))
		return -1;
	return key_set(key, s, value, err);
}

void program_spec_init(struct program_spec *s, const char *name, const char *origin)
{
	*s = (struct program_spec){.name = mem_string(name),
	                           .origin = mem_string(origin),
	                           .umask = -1,
	                           .nice = INT64_MAX,
	                           .limit_files = -1,
	                           .limit_memory = -1,
	                           .limit_core = -1,
	                           .memory_max = -1,
	                           .tasks_max = -1,
	                           .cpu_weight = -1,
	                           .text = mem_string("")};
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].preset)
			key_store(&keys[i], s, keys[i].preset, NULL);
}

static void key_free(const struct key *key, struct program_spec *s)
{
	void *field = (char *)s + key->at;

	switch (key->kind) {
	case KIND_TEXT:
	case KIND_PATH:
	case KIND_ACCOUNT:
	case KIND_PAIR:
		free(*(char **)field);
		break;
	case KIND_COMMAND:
	case KIND_WORDS:
	case KIND_TEXTS:
	case KIND_PATHS:
	case KIND_ASSIGNMENTS:
	case KIND_CREDENTIALS:
		program_field_clear(field);
		break;
	case KIND_CHOICE:
	case KIND_SWITCH:
	case KIND_NUMBER:
	case KIND_SIZE:
	case KIND_MASK:
		break;
	}
}

void program_spec_free(struct program_spec *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		key_free(&keys[i], s);
	free(s->sentinel_answer);
	free(s->name);
	free(s->origin);
	free(s->text);
	*s = (struct program_spec){0};
}

int program_spec_set(struct program_spec *s, const char *key, const char *value, struct error *err)
{
	const struct key *row = key_find(key);
	uint64_t bit;
	char *text;

	if (!row)
		return key_unknown(key, err);
	if (key_store(row, s, value, err))
		return -1;
	bit = UINT64_C(1) << (row - keys);
	s->given = *value ? s->given | bit : s->given & ~bit;
	text = mem_format("%s%s = %s\n", s->text, key, value);
	free(s->text);
	s->text = text;
	return 0;
}

static char *spec_runs(const struct program_spec *s, bool probe_too)
{
	struct buffer text = {0};
	const char *line = s->text;

	while (*line) {
		size_t n = strcspn(line, "\n") + 1;
		cleanup_free char *name = mem_copy(line, strcspn(line, " "));
		const struct key *key = key_find(name);
		if (!key || (!key->aside && (probe_too || !key->probe)))
			buffer_add(&text, line, n);
		line += n;
	}
	buffer_add(&text, "", 1);
	return text.data;
}

char *program_spec_runs(const struct program_spec *s)
{
	return spec_runs(s, true);
}

bool program_spec_differs_by_probe(const struct program_spec *a, const struct program_spec *b)
{
	cleanup_free char *one = spec_runs(a, false);
	cleanup_free char *other = spec_runs(b, false);

	return strcmp(one, other) == 0 && !program_spec_runs_same(a, b);
}

void program_spec_take_probe(struct program_spec *s, struct program_spec *from)
{
	char **words = s->probe;
	char *text = s->text;

	s->given = from->given;
	s->text = from->text;
	from->text = text;
	s->probe = from->probe;
	s->probe_interval_ms = from->probe_interval_ms;
	s->probe_timeout_ms = from->probe_timeout_ms;
	from->probe = words;
}

bool program_spec_runs_same(const struct program_spec *a, const struct program_spec *b)
{
	cleanup_free char *one = program_spec_runs(a);
	cleanup_free char *other = program_spec_runs(b);

	return strcmp(one, other) == 0;
}
