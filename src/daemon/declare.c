/*
 * Keeps, of each service, the keys that count, each with its place; what a later file took back is
 * forgotten. Values are judged as they come, by a spec that is thrown away.
 */
#include "daemon/declare.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "daemon/relative.h"
#include "service/service.h"

/* How much of a culprit an error repeats. */
#define SHOWN            80
#define BY_COMMAND       "command line"
#define BY_DEFINITION    "--define"
#define DEFINED_PROTOCOL "lines"

struct declare_key {
	char *name;
	char *value; /* NULL: it had one that was refused */
	char *origin;
	unsigned file;
	int line;
};

struct declare_want {
	char *what;
	char *name;
};

struct declaration *declare_find(const struct declarations *d, const char *name)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->items[i]->name, name) == 0)
			return d->items[i];
	return NULL;
}

static struct declaration *declare_add(struct declarations *d, const char *name, const char *origin)
{
	struct declaration *service = mem_new(sizeof *service);

	service->name = mem_string(name);
	service->origin = mem_string(origin);
	d->items = mem_resize(d->items, (d->count + 1) * sizeof(struct declaration *));
	d->items[d->count++] = service;
	return service;
}

static int declare_check_name(const char *name, struct error *err)
{
	if (program_name_check(name, err))
		return -1;
	if (service_find(name))
		return error_set(err, ERR_PARAMS, "'%s' is the name of a built-in service", name);
	return 0;
}

static char *place_text(const struct declare_place *place)
{
	return mem_format("%s:%d", place->path, place->line);
}

struct declaration *declare_service(struct declarations *d, const char *name,
                                    const struct declare_place *place, struct error *err)
{
	struct declaration *service = declare_find(d, name);
	cleanup_free char *origin = place_text(place);

	if (service)
		return service;
	return declare_check_name(name, err) ? NULL : declare_add(d, name, origin);
}

static void declare_key_free(struct declare_key *key)
{
	free(key->name);
	free(key->value);
	free(key->origin);
}

static void keys_remove(struct declaration *service, size_t at)
{
	declare_key_free(&service->keys[at]);
	service->count--;
	memmove(&service->keys[at], &service->keys[at + 1],
	        (service->count - at) * sizeof *service->keys);
}

/* Number of the last entry of that key, or -1. */
static ptrdiff_t keys_find(const struct declaration *service, const char *name)
{
	for (size_t i = service->count; i > 0; i--)
		if (strcmp(service->keys[i - 1].name, name) == 0)
			return (ptrdiff_t)i - 1;
	return -1;
}

/* value may be NULL. */
static void keys_add(struct declaration *service, const char *name, const char *value,
                     const char *origin, const struct declare_place *place)
{
	service->keys = mem_resize(service->keys, (service->count + 1) * sizeof *service->keys);
	service->keys[service->count++] =
	    (struct declare_key){.name = mem_string(name),
	                         .value = value ? mem_string(value) : NULL,
	                         .origin = mem_string(origin),
	                         .file = place ? place->file : 0,
	                         .line = place ? place->line : 0};
}

static int key_judge(const char *key, const char *value, struct error *err)
{
	struct program_spec scratch;
	int rc;

	program_spec_init(&scratch, "", "");
	rc = program_spec_set(&scratch, key, value, err);
	program_spec_free(&scratch);
	return rc;
}

/* It takes the place of what former files said. */
static int key_replace(struct declaration *service, const char *key, const char *value,
                       const struct declare_place *place, struct error *err)
{
	cleanup_free char *origin = place_text(place);
	ptrdiff_t at = keys_find(service, key);

	if (at >= 0 && service->keys[at].file == place->file)
		return error_set(err, ERR_PARAMS, "%s was set in line %d already", key,
		                 service->keys[at].line);
	if (at >= 0)
		keys_remove(service, (size_t)at);
	keys_add(service, key, value, origin, place);
	return 0;
}

static void key_repeat(struct declaration *service, const char *key, const char *value,
                       const struct declare_place *place)
{
	cleanup_free char *origin = place_text(place);
	ptrdiff_t at;

	if (*value) {
		keys_add(service, key, value, origin, place);
		return;
	}
	while ((at = keys_find(service, key)) >= 0)
		keys_remove(service, (size_t)at);
}

int declare_key(struct declaration *service, const char *key, const char *text,
                const struct declare_place *place, struct error *err)
{
	bool repeatable = program_spec_repeatable(key);
	cleanup_free char *value = relative_value(key, text, place->path, err);

	if (!value || key_judge(key, value, err)) {
		if (service && !service->by_option && !repeatable && keys_find(service, key) < 0) {
			cleanup_free char *origin = place_text(place);
			keys_add(service, key, NULL, origin, place);
		}
		return -1;
	}
	if (!service || service->by_option)
		return 0;
	if (!repeatable)
		return key_replace(service, key, value, place, err);
	key_repeat(service, key, value, place);
	return 0;
}

int declare_define(struct declarations *d, const char *text, struct error *err)
{
	size_t n = strcspn(text, "=");
	cleanup_free char *name = mem_copy(text, n);
	cleanup_free char *shown = parse_printable(text, strlen(text), SHOWN);
	cleanup_free char *command = NULL;
	struct declaration *service;
	struct error why;

	if (!text[n])
		return error_set(err, ERR_PARAMS, BY_DEFINITION " '%s' is not NAME=COMMAND", shown);
	if (declare_check_name(name, &why))
		return error_set(err, ERR_PARAMS, BY_DEFINITION " %s", why.text);
	if (declare_find(d, name))
		return error_set(err, ERR_PARAMS, BY_DEFINITION " %s: it is defined already", name);
	command = relative_value("command", text + n + 1, NULL, &why);
	if (!command || key_judge("command", command, &why))
		return error_set(err, why.code, BY_DEFINITION " %s: %s", name, why.text);
	service = declare_add(d, name, BY_COMMAND);
	service->by_option = true;
	keys_add(service, "protocol", DEFINED_PROTOCOL, BY_COMMAND, NULL);
	keys_add(service, "command", command, BY_COMMAND, NULL);
	return 0;
}

void declare_want(struct declarations *d, const char *what, const char *name)
{
	d->wants = mem_resize(d->wants, (d->want_count + 1) * sizeof *d->wants);
	d->wants[d->want_count++] =
	    (struct declare_want){.what = mem_string(what), .name = mem_string(name)};
}

char *declare_names(const struct declarations *d)
{
	struct buffer text = {0};

	for (size_t i = 0; service_name_at(i); i++)
		buffer_format(&text, "%s%s", i ? ", " : "", service_name_at(i));
	for (size_t i = 0; i < d->count; i++)
		buffer_format(&text, ", %s", d->items[i]->name);
	buffer_add(&text, "", 1);
	return text.data;
}

bool declare_knows(const struct declarations *d, const char *name)
{
	return service_find(name) || declare_find(d, name);
}

static void finish_wants(const struct declarations *d, struct mistakes *found)
{
	cleanup_free char *names = declare_names(d);

	for (size_t i = 0; i < d->want_count; i++) {
		const char *name = d->wants[i].name;
		cleanup_free char *shown = parse_printable(name, strlen(name), SHOWN);
		if (!declare_knows(d, name))
			mistakes_add(found, "%s '%s' is none of %s", d->wants[i].what, shown,
			             names);
	}
}

static bool was_refused(const struct declaration *service, const char *key)
{
	ptrdiff_t at = keys_find(service, key);

	return at >= 0 && !service->keys[at].value;
}

static void finish_service(struct declaration *service, struct mistakes *found)
{
	struct program_spec *s = &service->spec;
	struct error err;
	const char *key;

	program_spec_init(s, service->name, service->origin);
	for (size_t i = 0; i < service->count; i++) {
		const struct declare_key *k = &service->keys[i];
		if (k->value && program_spec_set(s, k->name, k->value, &err))
			mistakes_add(found, "%s: service %s: %s", k->origin, service->name,
			             err.text);
	}
	for (size_t i = 0; program_spec_mistake(s, i, &key, &err); i++)
		if (!was_refused(service, key) && !was_refused(service, "library"))
			mistakes_add(found, "%s: service %s: %s", declare_origin(service, key),
			             service->name, err.text);
}

void declare_finish(struct declarations *d, struct mistakes *found)
{
	for (size_t i = 0; i < d->count; i++)
		finish_service(d->items[i], found);
	finish_wants(d, found);
}

const char *declare_origin(const struct declaration *service, const char *key)
{
	ptrdiff_t at = keys_find(service, key);

	return at < 0 ? service->origin : service->keys[at].origin;
}

const char *declare_origin_of(const struct declaration *service, const char *key, const char *value)
{
	for (size_t i = 0; i < service->count; i++) {
		const struct declare_key *k = &service->keys[i];
		if (strcmp(k->name, key) == 0 && k->value && strcmp(k->value, value) == 0)
			return k->origin;
	}
	return service->origin;
}

void declare_print(const struct declarations *d, FILE *out)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct declaration *service = d->items[i];
		fprintf(out, "\n[service %s] ; %s\n", service->name, service->origin);
		for (size_t k = 0; k < service->count; k++)
			fprintf(out, "; %s\n%s = %s\n", service->keys[k].origin,
			        service->keys[k].name, service->keys[k].value);
	}
}

static void declaration_free(struct declaration *service)
{
	for (size_t i = 0; i < service->count; i++)
		declare_key_free(&service->keys[i]);
	free(service->keys);
	free(service->name);
	free(service->origin);
	program_spec_free(&service->spec);
	free(service);
}

void declare_free(struct declarations *d)
{
	for (size_t i = 0; i < d->count; i++)
		declaration_free(d->items[i]);
	for (size_t i = 0; i < d->want_count; i++) {
		free(d->wants[i].what);
		free(d->wants[i].name);
	}
	free(d->items);
	free(d->wants);
	*d = (struct declarations){0};
}
