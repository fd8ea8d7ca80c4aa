/* What must hold between the keys of a service: rules in a list, each with the key it is about. */
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "program/spec.h"

/* How much of a culprit an error repeats. */
#define SHOWN 48

int program_name_check(const char *name, struct error *err)
{
	size_t n = strlen(name);
	cleanup_free char *shown = parse_printable(name, n, SHOWN);

	if (*name >= 'a' && *name <= 'z' && n <= PROGRAM_NAME_MAX &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n)
		return 0;
	return error_set(err, ERR_PARAMS,
	                 "'%s' is no name of a service: a letter, then letters, digits and -, all "
	                 "small, at most %d",
	                 shown, PROGRAM_NAME_MAX);
}

static bool is_given(const struct program_spec *s, size_t key)
{
	return s->given & UINT64_C(1) << key;
}

static bool has(const struct program_spec *s, const char *name)
{
	size_t key = 0;

	while (strcmp(program_spec_key_at(key), name) != 0)
		key++;
	return is_given(s, key);
}

/* "lines and json" */
static char *protocol_list(unsigned protocols)
{
	struct buffer text = {0};

	for (size_t i = 0; program_protocol_name(i); i++)
		if (protocols & 1U << i)
			buffer_format(&text, "%s%s", buffer_size(&text) ? " and " : "",
			              program_protocol_name(i));
	buffer_add(&text, "", 1);
	return text.data;
}

static bool is_foreign(const struct program_spec *s, size_t key)
{
	return is_given(s, key) && !(program_spec_protocols(key) & 1U << program_spec_kind(s));
}

/* One key that this protocol does not have. */
static void tell_foreign(const struct program_spec *s, size_t key, struct error *err)
{
	cleanup_free char *known = protocol_list(program_spec_protocols(key));

	if (s->library)
		error_set(err, ERR_PARAMS, "%s is for a program, and this is a library",
		          program_spec_key_at(key));
	else
		error_set(err, ERR_PARAMS, "%s is for protocol %s only, and this is %s",
		          program_spec_key_at(key), known, program_protocol_name(s->protocol));
}

static bool is_one_line(char *const *words)
{
	for (; *words; words++)
		if (strpbrk(*words, "\r\n"))
			return false;
	return true;
}

/* Mistakes with the probe; *i is less by each that there is. */
static bool probe_mistake(const struct program_spec *s, size_t *i, const char **key,
                          struct error *err)
{
	static const char *const times[] = {"probe-interval", "probe-timeout"};

	*key = "probe";
	if (s->probe && s->protocol == PROGRAM_LINES && !is_one_line(s->probe) && (*i)-- == 0) {
		error_set(err, ERR_PARAMS,
		          "probe: an argument holds a line end, and each request is one line");
		return true;
	}
	if (s->probe && s->method_first && !*s->probe[0] && (*i)-- == 0) {
		error_set(err, ERR_PARAMS, "probe: the first argument is to name a method");
		return true;
	}
	for (size_t k = 0; !s->probe && k < ARRAY_SIZE(times); k++)
		if (has(s, times[k]) && (*i)-- == 0) {
			*key = times[k];
			error_set(err, ERR_PARAMS, "%s needs probe: nothing is asked", *key);
			return true;
		}
	return false;
}

bool program_spec_mistake(const struct program_spec *s, size_t i, const char **key,
                          struct error *err)
{
	bool known = s->library || has(s, "protocol");

	if (!known && i-- == 0) {
		*key = "protocol";
		error_set(err, ERR_PARAMS, "protocol is missing: run, lines or json");
		return true;
	}
	if (!s->library && !has(s, "command") && i-- == 0) {
		*key = "command";
		error_set(err, ERR_PARAMS, "command is missing");
		return true;
	}
	for (size_t k = 0; known && program_spec_key_at(k); k++)
		if (is_foreign(s, k) && i-- == 0) {
			*key = program_spec_key_at(k);
			tell_foreign(s, k, err);
			return true;
		}
	if (!s->library && s->idle_timeout_ms && s->start != PROGRAM_START_DEMAND && i-- == 0) {
		*key = "idle-timeout";
		error_set(err, ERR_PARAMS,
		          "idle-timeout needs start = demand: a program that is "
		          "started with its node is not ended for idling");
		return true;
	}
	return !s->library && probe_mistake(s, &i, key, err);
}

int program_spec_check(const struct program_spec *s, struct error *err)
{
	const char *key;

	return program_spec_mistake(s, 0, &key, err) ? -1 : 0;
}
