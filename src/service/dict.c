/*
 * dict: names with 64-bit values.
 * Invariant: a node holds at most NAMES_MOST names of BYTES_MOST bytes in all. The dictionary is
 * changed in finish only, after everything that could refuse the request.
 */
#include <inttypes.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "base/parse.h"
#include "service/args.h"
#include "service/rows.h"

#define NAME_MOST  ((size_t)64 * 1024)
#define VALUE_MOST ((size_t)64 * 1024) /* leading zeros are allowed */
#define NAMES_MOST 1000000U
#define BYTES_MOST ((size_t)64 * 1024 * 1024)

struct entry {
	int64_t value;
	UT_hash_handle hh;
	char name[]; /* the key, hh.keylen bytes */
};

struct dict {
	struct entry *entries;
	size_t bytes; /* of all names */
};

struct request {
	struct dict *dict; /* borrowed */
	struct args args;
};

static void *dict_create(int node)
{
	(void)node;
	return mem_new(sizeof(struct dict));
}

static void dict_destroy(void *state)
{
	struct dict *dict = state;
	struct entry *entry;
	struct entry *next;

	HASH_ITER (hh, dict->entries, entry, next) {
		HASH_DEL(dict->entries, entry);
		free(entry);
	}
	free(dict);
}

static struct entry *dict_find(const struct dict *dict, const struct arg *name)
{
	struct entry *entry;

	HASH_FIND(hh, dict->entries, name->bytes, name->size, entry);
	return entry;
}

static int dict_add(struct dict *dict, const struct arg *name, int64_t value, struct error *err)
{
	cleanup_free char *shown = parse_printable(name->bytes, name->size, ARGS_SHOWN);
	struct entry *entry;

	if (HASH_COUNT(dict->entries) == NAMES_MOST)
		return error_set(err, ERR_SERVICE, "no room for '%s': the node holds %u names",
		                 shown, NAMES_MOST);
	if (name->size > BYTES_MOST - dict->bytes)
		return error_set(err, ERR_SERVICE,
		                 "no room for '%s': the node's names may have %zu bytes in all",
		                 shown, BYTES_MOST);
	entry = mem_try(sizeof *entry + name->size);
	if (!entry)
		return error_set(err, ERR_SERVICE, "no memory for '%s'", shown);
	entry->value = value;
	memcpy(entry->name, name->bytes, name->size);
	HASH_ADD_KEYPTR(hh, dict->entries, entry->name, name->size, entry);
	dict->bytes += name->size;
	return 0;
}

static int name_check(const struct arg *name, struct error *err)
{
	bool good = name->size > 0;

	for (size_t i = 0; good && i < name->size; i++) {
		char c = name->bytes[i];
		good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	}
	if (good)
		return 0;
	cleanup_free char *shown = parse_printable(name->bytes, name->size, ARGS_SHOWN);
	return error_set(err, ERR_SERVICE, "name '%s' is not made of letters A-Z a-z and digits",
	                 shown);
}

static void dict_read(const struct dict *dict, const struct arg *name, struct dtree_result *result)
{
	const struct entry *entry = dict_find(dict, name);
	char *text;

	if (entry)
		text = mem_format("%" PRId64, entry->value);
	else
		text = mem_format("'%.*s' not found", (int)name->size, name->bytes);
	result_give(result, text, strlen(text));
}

static int dict_write(struct dict *dict, const struct arg *name, const struct arg *text,
                      struct error *err)
{
	struct entry *entry;
	int64_t value;

	if (parse_int64(text->bytes, text->size, &value)) {
		cleanup_free char *shown = parse_printable(text->bytes, text->size, ARGS_SHOWN);
		return error_set(err, ERR_SERVICE, "value '%s' is not a 64-bit integer", shown);
	}
	entry = dict_find(dict, name);
	if (!entry)
		return dict_add(dict, name, value, err);
	entry->value = value;
	return 0;
}

static void *dict_open(void *state)
{
	struct request *r = mem_new(sizeof *r);

	r->dict = state;
	r->args = (struct args){
	    .expected = "NAME [VALUE]",
	    .least = 1,
	    .count = 2,
	    .arg = {{.what = "name", .most = NAME_MOST}, {.what = "value", .most = VALUE_MOST}},
	};
	return r;
}

static int dict_feed(void *request, const char *bytes, size_t n)
{
	struct request *r = request;

	return args_feed(&r->args, bytes, n);
}

static void dict_finish(void *request, struct dtree_result *result)
{
	struct request *r = request;
	struct args *args = &r->args;
	const struct arg *name = &args->arg[0];

	if (args_end(args) || name_check(name, &args->err)) {
		result_refuse(result, &args->err);
		return;
	}
	if (args->got == 1)
		dict_read(r->dict, name, result);
	else if (dict_write(r->dict, name, &args->arg[1], &args->err))
		result_refuse(result, &args->err);
	else
		result_give(result, NULL, 0);
}

static void dict_close(void *request)
{
	struct request *r = request;

	args_free(&r->args);
	free(r);
}

const struct dtree_service service_dict = {
    .abi = DTREE_SERVICE_ABI,
    .name = "dict",
    .summary = "a dictionary: NAME reads, NAME VALUE writes",
    .usage = "NAME [VALUE]",
    .create = dict_create,
    .destroy = dict_destroy,
    .open = dict_open,
    .feed = dict_feed,
    .finish = dict_finish,
    .close = dict_close,
};
