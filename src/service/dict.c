/*
 * dict: names with 64-bit values, all in memory. With durability they are also in a database, which
 * is read at the beginning only. Invariants: a node holds at most NAMES_MOST names of BYTES_MOST
 * bytes in all. Only finish changes the dictionary, after all checks of the request; `changes` has
 * the changes since the last commit, with the values before. While `away` is set the dictionary is
 * empty.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "base/parse.h"
#include "service/args.h"
#include "service/rows.h"
#include "store/store.h"

/* The table may become large: without memory an insertion fails, and the process goes on. */
#define HASH_NONFATAL_OOM 1
#undef uthash_malloc
#define uthash_malloc(size) mem_try(size)
#include <uthash.h>

#define NAME_MOST  ((size_t)64 * 1024)
#define VALUE_MOST ((size_t)64 * 1024) /* leading zeros are allowed */
#define NAMES_MOST 1000000
#define BYTES_MOST 67108864 /* 64 MiB */

#define NUMBER_SIZE sizeof "-9223372036854775808"

#define TEXT(x)    #x
#define TEXT_OF(x) TEXT(x)

static const struct store_kind kind = {
    .file = "dict.db",
    .noun = "dictionary",
    .area = "dict",
    .values = "INTEGER",
    .sets_aside = true,
};

struct entry {
	int64_t value;
	int64_t before;     /* at the last commit, if changed */
	bool changed;       /* it is on the list of changes */
	bool added;         /* and did not exist at the last commit */
	struct entry *next; /* utlist */
	UT_hash_handle hh;
	char name[]; /* the key, hh.keylen bytes */
};

struct dict {
	struct entry *entries;
	size_t bytes; /* of all names */
	struct entry *changes;
	struct store *store; /* NULL: in memory only */
	char *away;          /* why the content is unknown now; NULL: it is that of the store */
};

struct request {
	struct dict *dict; /* borrowed */
	struct args args;
};

static void dict_clear(struct dict *dict)
{
	struct entry *entry;
	struct entry *next;

	HASH_ITER (hh, dict->entries, entry, next) {
		HASH_DEL(dict->entries, entry);
		free(entry);
	}
	dict->bytes = 0;
	dict->changes = NULL;
}

static void dict_destroy(void *state)
{
	struct dict *dict = state;

	dict_clear(dict);
	if (dict->store)
		store_close(dict->store);
	free(dict->away);
	free(dict);
}

static struct entry *dict_find(const struct dict *dict, const char *name, size_t size)
{
	struct entry *entry;

	HASH_FIND(hh, dict->entries, name, size, entry);
	return entry;
}

static int refuse_name(const char *name, size_t size, const char *why, struct error *err)
{
	cleanup_free char *shown = parse_printable(name, size, ARGS_SHOWN);

	return error_set(err, ERR_LIMIT, "no room for '%s': %s", shown, why);
}

/* NULL: refused. */
static struct entry *dict_add(struct dict *dict, const char *name, size_t size, int64_t value,
                              struct error *err)
{
	struct entry *entry = NULL;

	if (HASH_COUNT(dict->entries) == NAMES_MOST)
		refuse_name(name, size, "the node holds " TEXT_OF(NAMES_MOST) " names", err);
	else if (size > BYTES_MOST - dict->bytes)
		refuse_name(name, size,
		            "the node's names may have " TEXT_OF(BYTES_MOST) " bytes in all", err);
	else if (!(entry = mem_try(sizeof *entry + size)))
		refuse_name(name, size, "no memory", err);
	if (!entry)
		return NULL;
	*entry = (struct entry){.value = value};
	memcpy(entry->name, name, size);
	HASH_ADD_KEYPTR(hh, dict->entries, entry->name, size, entry);
	if (!entry->hh.tbl) {
		free(entry);
		refuse_name(name, size, "no memory", err);
		return NULL;
	}
	dict->bytes += size;
	return entry;
}

static void dict_remove(struct dict *dict, struct entry *entry)
{
	dict->bytes -= entry->hh.keylen;
	HASH_DEL(dict->entries, entry);
	free(entry);
}

/* One entry of the database. */
static int dict_load(void *arg, struct store_text name, struct store_text text, struct error *err)
{
	struct dict *dict = arg;
	int64_t value;

	if (name.size == 0 || name.size > NAME_MOST || dict_find(dict, name.bytes, name.size))
		return error_set(err, ERR_SERVICE, "it holds a name that cannot be");
	if (parse_int64(text.bytes, text.size, &value))
		return error_set(err, ERR_SERVICE, "it holds a value that is no number");
	return dict_add(dict, name.bytes, name.size, value, err) ? 0 : -1;
}

static void *dict_create(const struct dtree_node *node, char **why)
{
	struct dict *dict = mem_new(sizeof *dict);
	struct error err;

	if (!node->state_dir || node->durability == DTREE_DURABILITY_NONE)
		return dict;
	dict->store = store_open(&kind, node->state_dir, node->durability == DTREE_DURABILITY_FULL,
	                         dict_load, dict, &err);
	if (dict->store)
		return dict;
	*why = mem_string(err.text);
	dict_destroy(dict);
	return NULL;
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
	const struct entry *entry = dict_find(dict, name->bytes, name->size);
	char digits[DECIMAL_SIZE];
	char *text;

	if (entry)
		text = mem_string(decimal_write(entry->value, digits));
	else
		text = mem_format("'%.*s' not found", (int)name->size, name->bytes);
	result_give(result, text, strlen(text));
	result->tentative = entry && entry->changed;
}

/* Call it before a change: records the former value. */
static void dict_note(struct dict *dict, struct entry *entry)
{
	if (entry->changed)
		return;
	entry->changed = true;
	entry->before = entry->value;
	LL_PREPEND(dict->changes, entry);
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
	entry = dict_find(dict, name->bytes, name->size);
	if (entry) {
		dict_note(dict, entry);
		entry->value = value;
		return 0;
	}
	entry = dict_add(dict, name->bytes, name->size, value, err);
	if (!entry)
		return -1;
	dict_note(dict, entry);
	entry->added = true;
	return 0;
}

static struct store_text number_text(char text[NUMBER_SIZE], int64_t number)
{
	return (struct store_text){text, (size_t)snprintf(text, NUMBER_SIZE, "%" PRId64, number)};
}

static int entry_save(struct store *store, const struct entry *entry, struct error *err)
{
	char before[NUMBER_SIZE];
	char now[NUMBER_SIZE];
	struct store_text old = number_text(before, entry->before);

	return store_put(store, (struct store_text){entry->name, entry->hh.keylen},
	                 entry->added ? NULL : &old, number_text(now, entry->value), err);
}

/* Saves all changes in one transaction. */
static int dict_save(struct dict *dict, struct error *err)
{
	struct entry *entry;

	if (store_begin(dict->store, err))
		return -1;
	LL_FOREACH (dict->changes, entry) {
		if (entry_save(dict->store, entry, err))
			return -1;
	}
	return store_commit(dict->store, err);
}

/* Keeps the changes, or undoes them. */
static void dict_settle(struct dict *dict, bool stays)
{
	while (dict->changes) {
		struct entry *entry = dict->changes;

		LL_DELETE(dict->changes, entry);
		if (!stays && entry->added) {
			dict_remove(dict, entry);
			continue;
		}
		if (!stays)
			entry->value = entry->before;
		entry->changed = entry->added = false;
	}
}

/* Reads the store again, after a commit that may have happened. -1: it cannot be read now. */
static int dict_reload(struct dict *dict, bool *kept, struct error *err)
{
	int rc;

	dict_clear(dict);
	rc = store_reopen(dict->store, dict_load, dict, kept, err);
	free(dict->away);
	dict->away = rc ? mem_string(err->text) : NULL;
	if (rc)
		dict_clear(dict);
	return rc;
}

static int dict_commit(void *state, char **why)
{
	struct dict *dict = state;
	struct error err;
	bool kept;

	if (!dict->changes)
		return 0;
	if (!dict->store || dict_save(dict, &err) == 0) {
		dict_settle(dict, true);
		return 0;
	}
	dict_settle(dict, false);
	*why = mem_string(err.text);
	if (store_rollback(dict->store) == 0)
		return -1;
	return dict_reload(dict, &kept, &err) || kept ? DTREE_COMMIT_UNKNOWN : -1;
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
	bool kept;

	if (!args->err.code && r->dict->away)
		dict_reload(r->dict, &kept, &args->err);
	if (args_end(args) || name_check(name, &args->err)) {
		result_refuse(result, &args->err);
	} else if (args->got == 1) {
		dict_read(r->dict, name, result);
	} else if (dict_write(r->dict, name, &args->arg[1], &args->err)) {
		result_refuse(result, &args->err);
	} else {
		result_give(result, NULL, 0);
		result->tentative = true;
	}
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
    .commit = dict_commit,
};
