/*
 * Keeps, of each section, the word of each key that counts, with its place. A value is judged as it
 * comes, by the row of its key; what must go together is judged in node_finish.c.
 */
#include "daemon/node_declare.h"

#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/node/after_ids.h"
#include "controller/node/name_check.h"
#include "controller/node/on_hang.h"
#include "controller/node/restart_policy.h"
#include "controller/request/types.h"
#include "tree/topology.h"

#define INSTANCES "instances"
/* How much of a culprit an error repeats. */
#define SHOWN 80

static int key_judge_parent(const char *value, struct error *err)
{
	int id;

	if (*value == '@')
		return name_check("parent", value + 1, err);
	return parse_parent(value, strlen(value), "parent", &id, err);
}

/* Whether there is one is seen when all are known. */
static int key_judge_service(const char *value, struct error *err)
{
	(void)value;
	(void)err;
	return 0;
}

static int key_judge_word(const char *what, const char *value, choice_fn *words, struct error *err)
{
	cleanup_free char *shown = parse_printable(value, strlen(value), SHOWN);
	cleanup_free char *choices = choice_list(words);

	for (size_t i = 0; words(i); i++)
		if (strcmp(words(i), value) == 0)
			return 0;
	return error_set(err, ERR_PARAMS, "%s '%s' is none of %s", what, shown, choices);
}

static int key_judge_restart(const char *value, struct error *err)
{
	return key_judge_word("restart", value, restart_policy_name_at, err);
}

static int key_judge_on_hang(const char *value, struct error *err)
{
	return key_judge_word("on-hang", value, on_hang_name_at, err);
}

static int key_judge_hang_timeout(const char *value, struct error *err)
{
	int64_t ms;

	return parse_range(value, strlen(value), "hang-timeout", 1, HANG_TIMEOUT_MAX_MS, &ms, err);
}

static int key_judge_after(const char *value, struct error *err)
{
	int ids[AFTER_MAX];
	size_t count;

	return after_parse(value, ids, &count, err);
}

static int key_judge_name(const char *value, struct error *err)
{
	return name_check("name", value, err);
}

static int key_judge_group(const char *value, struct error *err)
{
	return name_check("group", value, err);
}

static const struct {
	const char *name;
	bool of_group; /* is it said of a group, too? */
	int (*judge)(const char *value, struct error *err);
} rows[] = {
    [NODE_PARENT] = {"parent", true, key_judge_parent},
    [NODE_SERVICE] = {"service", true, key_judge_service},
    [NODE_RESTART] = {"restart", true, key_judge_restart},
    [NODE_ON_HANG] = {"on-hang", true, key_judge_on_hang},
    [NODE_HANG_TIMEOUT] = {"hang-timeout", true, key_judge_hang_timeout},
    [NODE_AFTER] = {"after", true, key_judge_after},
    [NODE_NAME] = {"name", false, key_judge_name},
    [NODE_GROUP] = {"group", false, key_judge_group},
};
_Static_assert(ARRAY_SIZE(rows) == NODE_KEYS, "each key has a row");

enum node_place node_place_of(const char *topology)
{
	const struct topology *t = topology ? topology_find(topology) : NULL;

	if (!t || !t->names_parent)
		return NODE_PLACE_GIVEN;
	return strcmp(t->name, "list") == 0 ? NODE_PLACE_BEHIND : NODE_PLACE_BELOW;
}

const char *node_key_name(enum node_key key)
{
	return rows[key].name;
}

static bool has_key(bool is_group, enum node_key key)
{
	return !is_group || rows[key].of_group;
}

/* "parent, service, restart, name, group". New memory. */
static char *key_names(bool is_group)
{
	struct buffer text = {0};

	if (is_group)
		buffer_add_string(&text, INSTANCES);
	for (enum node_key key = 0; key < NODE_KEYS; key++)
		if (has_key(is_group, key))
			buffer_format(&text, "%s%s", buffer_size(&text) ? ", " : "",
			              rows[key].name);
	buffer_add(&text, "", 1);
	return text.data;
}

static char *section_title(bool is_group, const char *name)
{
	return mem_format("%s %s", is_group ? "group" : "node", name);
}

static int check_title(bool is_group, const char *name, int *id, struct error *err)
{
	*id = NODE_CONTROLLER;
	return is_group ? name_check("group", name, err)
	                : parse_id(name, strlen(name), "node", id, err);
}

static struct node_section *section_add(struct node_declarations *d, bool is_group,
                                        const char *name, int id, const struct declare_place *place)
{
	struct node_section *s = mem_new(sizeof *s);

	s->title = section_title(is_group, name);
	s->is_group = is_group;
	s->id = id;
	s->name = s->title + strlen(s->title) - strlen(name);
	s->origin = mem_format("%s:%d", place->path, place->line);
	HASH_ADD_KEYPTR(hh, d->sections, s->title, strlen(s->title), s);
	return s;
}

struct node_section *nodes_section(struct node_declarations *d, bool is_group, const char *name,
                                   const struct declare_place *place, struct error *err)
{
	cleanup_free char *title = section_title(is_group, name);
	struct node_section *s;
	int id;

	if (check_title(is_group, name, &id, err))
		return NULL;
	HASH_FIND_STR(d->sections, title, s);
	if (s && s->file == place->file) {
		error_set(err, ERR_PARAMS, "[%s] begins in line %d already", title, s->line);
		return NULL;
	}
	if (!s)
		s = section_add(d, is_group, name, id, place);
	s->file = place->file;
	s->line = place->line;
	return s;
}

static int word_set(struct declared_value *word, const char *key, const char *value,
                    const struct declare_place *place, struct error *err)
{
	if (word->origin && word->file == place->file)
		return error_set(err, ERR_PARAMS, "%s was set in line %d already", key, word->line);
	free(word->value);
	free(word->origin);
	*word = (struct declared_value){.value = value && *value ? mem_string(value) : NULL,
	                                .origin = mem_format("%s:%d", place->path, place->line),
	                                .file = place->file,
	                                .line = place->line};
	return 0;
}

static int set_instances(struct node_section *section, const char *value,
                         const struct declare_place *place, struct error *err)
{
	int64_t count = 0;

	if (*value &&
	    parse_range(value, strlen(value), INSTANCES, 0, NODE_INSTANCES_MAX, &count, err)) {
		if (section)
			word_set(&section->count, INSTANCES, NULL, place, NULL);
		return -1;
	}
	if (!section)
		return 0;
	if (word_set(&section->count, INSTANCES, value, place, err))
		return -1;
	section->instances = count;
	return 0;
}

/* Without blanks, of which no value needs one: `after = 10, 11`. New memory. */
static char *key_value(const char *text)
{
	char *value = mem_new(strlen(text) + 1);
	char *end = value;

	for (; *text; text++)
		if (*text != ' ' && *text != '\t')
			*end++ = *text;
	return value;
}

int nodes_key(struct node_section *section, bool is_group, const char *key, const char *text,
              const struct declare_place *place, struct error *err)
{
	cleanup_free char *shown = parse_printable(key, strlen(key), SHOWN);
	cleanup_free char *tidy = strcmp(key, rows[NODE_AFTER].name) == 0 ? key_value(text) : NULL;
	cleanup_free char *names = NULL;
	const char *value = tidy ? tidy : text;

	if (is_group && strcmp(key, INSTANCES) == 0)
		return set_instances(section, value, place, err);
	for (enum node_key k = 0; k < NODE_KEYS; k++) {
		if (strcmp(rows[k].name, key) != 0 || !has_key(is_group, k))
			continue;
		if (*value && rows[k].judge(value, err)) {
			if (section)
				word_set(&section->words[k], key, NULL, place, NULL);
			return -1;
		}
		return section ? word_set(&section->words[k], key, value, place, err) : 0;
	}
	names = key_names(is_group);
	return error_set(err, ERR_PARAMS, "unknown key '%s'; of a %s there are %s", shown,
	                 is_group ? "group" : "node", names);
}

const char *node_key_origin(const struct node_section *section, enum node_key key)
{
	const struct declared_value *word = &section->words[key];

	return word->value ? word->origin : section->origin;
}

static void print_word(const char *key, const struct declared_value *word, FILE *out)
{
	if (word->value)
		fprintf(out, "%s = %s ; %s\n", key, word->value, word->origin);
}

void nodes_print(const struct node_declarations *d, FILE *out)
{
	for (const struct node_section *s = d->sections; s; s = s->hh.next) {
		fprintf(out, "\n[%s] ; %s\n", s->title, s->origin);
		print_word(INSTANCES, &s->count, out);
		for (enum node_key key = 0; key < NODE_KEYS; key++)
			print_word(rows[key].name, &s->words[key], out);
	}
}

static void word_free(struct declared_value *word)
{
	free(word->value);
	free(word->origin);
}

static void section_free(struct node_section *s)
{
	for (enum node_key key = 0; key < NODE_KEYS; key++)
		word_free(&s->words[key]);
	word_free(&s->count);
	free(s->title);
	free(s->origin);
	free(s);
}

void nodes_free(struct node_declarations *d)
{
	struct node_section *s;
	struct node_section *next;

	for (size_t i = 0; i < d->count; i++)
		free(d->nodes[i].member);
	free(d->nodes);
	HASH_ITER (hh, d->sections, s, next) {
		HASH_DEL(d->sections, s);
		section_free(s);
	}
	*d = (struct node_declarations){0};
}
