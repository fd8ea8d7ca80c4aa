/*
 * Tables of the fields, and one reader and one writer for both.
 * Invariant: what is read gives the very same text when it is written again.
 */
#include "controller/registry/encoding.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

/* How much of a culprit an error message repeats. */
#define SHOWN ((size_t)48)

enum kind {
	KIND_ID,       /* int */
	KIND_PARENT,   /* int, or the controller */
	KIND_PID,      /* pid_t, 0 or above */
	KIND_U32,      /* uint32_t or unsigned */
	KIND_U64,      /* uint64_t */
	KIND_INTERVAL, /* int64_t, -1 or above */
	KIND_PHASE,    /* the words below */
	KIND_SLOT,
	KIND_LIFE,
	KIND_BOOL,
	KIND_WORD, /* const char *; its blanks are written as %20 */
	KIND_LINE, /* const char *; the last of all */
};

struct field {
	const char *name;
	enum kind kind;
	size_t offset;
	bool optional; /* not written while it is 0 or empty: former versions did not have it */
};

static const struct field row_fields[] = {
    {"id", KIND_ID, offsetof(struct registry_row, id), false},
    {"phase", KIND_PHASE, offsetof(struct registry_row, phase), false},
    {"parent", KIND_PARENT, offsetof(struct registry_row, parent), false},
    {"slot", KIND_SLOT, offsetof(struct registry_row, slot), false},
    {"order", KIND_U64, offsetof(struct registry_row, order), false},
    {"service", KIND_WORD, offsetof(struct registry_row, service), false},
    {"restart", KIND_WORD, offsetof(struct registry_row, restart), false},
    {"incarnation", KIND_U32, offsetof(struct registry_row, incarnation), false},
    {"pid", KIND_PID, offsetof(struct registry_row, pid), false},
    {"pid-start", KIND_U64, offsetof(struct registry_row, pid_start), false},
    {"restarts", KIND_U32, offsetof(struct registry_row, restarts), false},
    {"deaths", KIND_U32, offsetof(struct registry_row, deaths), false},
    {"reported", KIND_BOOL, offsetof(struct registry_row, reported), false},
    {"life", KIND_LIFE, offsetof(struct registry_row, life), true},
    {"pid-inode", KIND_U64, offsetof(struct registry_row, pid_inode), true},
    {"protocol", KIND_U32, offsetof(struct registry_row, protocol), true},
    {"name", KIND_WORD, offsetof(struct registry_row, name), true},
    {"group", KIND_WORD, offsetof(struct registry_row, group), true},
    {"declared", KIND_WORD, offsetof(struct registry_row, declared), true},
    {"on-hang", KIND_WORD, offsetof(struct registry_row, on_hang), true},
    {"hang-timeout", KIND_INTERVAL, offsetof(struct registry_row, hang_timeout_ms), true},
    {"after", KIND_WORD, offsetof(struct registry_row, after), true},
    {"cause", KIND_LINE, offsetof(struct registry_row, cause), false},
};

static const struct field head_fields[] = {
    {"epoch", KIND_U64, offsetof(struct registry_head, epoch), false},
    {"incarnation", KIND_U32, offsetof(struct registry_head, incarnation), false},
    {"ended", KIND_BOOL, offsetof(struct registry_head, ended), false},
    {"heartbeat", KIND_INTERVAL, offsetof(struct registry_head, heartbeat_ms), false},
    {"topology", KIND_WORD, offsetof(struct registry_head, topology), false},
    {"boot", KIND_WORD, offsetof(struct registry_head, boot), false},
    {"place", KIND_WORD, offsetof(struct registry_head, place), true},
    {"link", KIND_WORD, offsetof(struct registry_head, link), true},
    {"links", KIND_LINE, offsetof(struct registry_head, links), false},
};

static const char *const phases[] = {
    [REGISTRY_STARTING] = "starting",
    [REGISTRY_KEPT] = "kept",
    [REGISTRY_DOOMED] = "doomed",
};
static const char *const slots[] = {
    [SLOT_ANY] = "any",
    [SLOT_LEFT] = "left",
    [SLOT_RIGHT] = "right",
};
static const char *const lives[] = {
    [REGISTRY_LIFE_UNKNOWN] = "",          [REGISTRY_LIFE_RUNS] = "runs",
    [REGISTRY_LIFE_DEAD] = "dead",         [REGISTRY_LIFE_STOPPED] = "stopped",
    [REGISTRY_LIFE_GIVEN_UP] = "given_up",
};
static const char *const booleans[] = {"no", "yes"};

/* Control bytes, and '%' for its own sake. */
static bool is_escaped(unsigned char byte, bool word)
{
	return byte < 0x20 || byte == 0x7f || byte == '%' || (word && byte == ' ');
}

static void put_string(struct buffer *out, const char *string, bool word)
{
	for (const char *s = string ? string : ""; *s; s++) {
		if (is_escaped((unsigned char)*s, word))
			buffer_format(out, "%%%02X", (unsigned char)*s);
		else
			buffer_add(out, s, 1);
	}
}

static void put_field(struct buffer *out, const struct field *field, const void *at)
{
	switch (field->kind) {
	case KIND_ID:
	case KIND_PARENT:
		buffer_format(out, "%d", *(const int *)at);
		break;
	case KIND_PID:
		buffer_format(out, "%ld", (long)*(const pid_t *)at);
		break;
	case KIND_U32:
		buffer_format(out, "%" PRIu32, *(const uint32_t *)at);
		break;
	case KIND_U64:
		buffer_format(out, "%" PRIu64, *(const uint64_t *)at);
		break;
	case KIND_INTERVAL:
		buffer_format(out, "%" PRId64, *(const int64_t *)at);
		break;
	case KIND_PHASE:
		buffer_add_string(out, phases[*(const enum registry_phase *)at]);
		break;
	case KIND_SLOT:
		buffer_add_string(out, slots[*(const enum tree_slot *)at]);
		break;
	case KIND_LIFE:
		buffer_add_string(out, lives[*(const enum registry_life *)at]);
		break;
	case KIND_BOOL:
		buffer_add_string(out, booleans[*(const bool *)at]);
		break;
	case KIND_WORD:
	case KIND_LINE:
		put_string(out, *(const char *const *)at, field->kind == KIND_WORD);
		break;
	}
}

static bool is_zero(const struct field *field, const void *at)
{
	switch (field->kind) {
	case KIND_ID:
	case KIND_PARENT:
		return *(const int *)at == 0;
	case KIND_PID:
		return *(const pid_t *)at == 0;
	case KIND_U32:
		return *(const uint32_t *)at == 0;
	case KIND_U64:
		return *(const uint64_t *)at == 0;
	case KIND_INTERVAL:
		return *(const int64_t *)at == 0;
	case KIND_PHASE:
		return *(const enum registry_phase *)at == 0;
	case KIND_SLOT:
		return *(const enum tree_slot *)at == 0;
	case KIND_LIFE:
		return *(const enum registry_life *)at == 0;
	case KIND_BOOL:
		return !*(const bool *)at;
	case KIND_WORD:
	case KIND_LINE:
		return !*(const char *const *)at || !**(const char *const *)at;
	}
	return false;
}

static char *put_all(const struct field *fields, size_t count, const void *record)
{
	struct buffer out = {0};

	for (size_t i = 0; i < count; i++) {
		const void *at = (const char *)record + fields[i].offset;
		if (fields[i].optional && is_zero(&fields[i], at))
			continue;
		buffer_format(&out, "%s%s=", i ? " " : "", fields[i].name);
		put_field(&out, &fields[i], at);
	}
	buffer_add(&out, "", 1);
	return out.data;
}

static int refuse(const struct field *field, const char *text, struct error *err)
{
	cleanup_free char *shown = parse_printable(text, strlen(text), SHOWN);

	return error_set(err, ERR_INTERNAL, "%s cannot be '%s'", field->name, shown);
}

static int get_number(const char *text, uint64_t most, uint64_t *number)
{
	uint64_t n = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return -1;
	}
	*number = n;
	return n <= most ? 0 : -1;
}

static int get_word(const char *text, const char *const *words, size_t count, size_t *number)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, words[i]) == 0) {
			*number = i;
			return 0;
		}
	}
	return -1;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* In place. */
static int get_string(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		int high;
		int low;

		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		high = hex_digit(from[1]);
		low = high < 0 ? -1 : hex_digit(from[2]);
		if (low < 0 || (high == 0 && low == 0))
			return -1;
		*to++ = (char)(high * 16 + low);
		from += 2;
	}
	*to = '\0';
	return 0;
}

static int get_field(const struct field *field, char *text, void *at)
{
	uint64_t number = 0;
	size_t word = 0;
	int rc = -1;

	switch (field->kind) {
	case KIND_ID:
		return parse_id(text, strlen(text), field->name, at, NULL);
	case KIND_PARENT:
		return parse_parent(text, strlen(text), field->name, at, NULL);
	case KIND_PID:
		rc = get_number(text, INT32_MAX, &number);
		*(pid_t *)at = (pid_t)number;
		break;
	case KIND_U32:
		rc = get_number(text, UINT32_MAX, &number);
		*(uint32_t *)at = (uint32_t)number;
		break;
	case KIND_U64:
		return get_number(text, UINT64_MAX, at);
	case KIND_INTERVAL:
		rc = parse_int64(text, strlen(text), at);
		return rc || *(int64_t *)at < -1 ? -1 : 0;
	case KIND_PHASE:
		rc = get_word(text, phases, ARRAY_SIZE(phases), &word);
		*(enum registry_phase *)at = (enum registry_phase)word;
		break;
	case KIND_SLOT:
		rc = get_word(text, slots, ARRAY_SIZE(slots), &word);
		*(enum tree_slot *)at = (enum tree_slot)word;
		break;
	case KIND_LIFE:
		rc = get_word(text, lives, ARRAY_SIZE(lives), &word);
		*(enum registry_life *)at = (enum registry_life)word;
		break;
	case KIND_BOOL:
		rc = get_word(text, booleans, ARRAY_SIZE(booleans), &word);
		*(bool *)at = word == 1;
		break;
	case KIND_WORD:
	case KIND_LINE:
		*(char **)at = text;
		return field->kind == KIND_WORD && !*text ? -1 : get_string(text);
	}
	return rc;
}

/* Cuts "NAME=VALUE" off the front of *rest, with the blank behind it. NULL: it is not there. */
static char *take_value(const struct field *field, char **rest)
{
	size_t size = strlen(field->name);
	char *value;
	char *end;

	if (!*rest || strncmp(*rest, field->name, size) != 0 || (*rest)[size] != '=')
		return NULL;
	value = *rest + size + 1;
	end = field->kind == KIND_LINE ? NULL : strchr(value, ' ');
	if (end)
		*end = '\0';
	*rest = end ? end + 1 : NULL;
	return value;
}

static int get_all(const struct field *fields, size_t count, char *text, void *record,
                   struct error *err)
{
	cleanup_free char *found = mem_string(text);
	cleanup_free char *same = NULL;
	char *rest = text;

	for (size_t i = 0; i < count; i++) {
		char *value = take_value(&fields[i], &rest);
		if (!value && fields[i].optional)
			continue;
		if (!value)
			return error_set(err, ERR_INTERNAL, "it has no %s in its place",
			                 fields[i].name);
		if (get_field(&fields[i], value, (char *)record + fields[i].offset))
			return refuse(&fields[i], value, err);
	}
	same = put_all(fields, count, record);
	if (rest || strcmp(same, found) != 0)
		return error_set(err, ERR_INTERNAL, "it is not written as we write it");
	return 0;
}

char *registry_row_text(const struct registry_row *row)
{
	return put_all(row_fields, ARRAY_SIZE(row_fields), row);
}

char *registry_head_text(const struct registry_head *head)
{
	return put_all(head_fields, ARRAY_SIZE(head_fields), head);
}

int registry_row_parse(char *text, struct registry_row *row, struct error *err)
{
	return get_all(row_fields, ARRAY_SIZE(row_fields), text, row, err);
}

int registry_head_parse(char *text, struct registry_head *head, struct error *err)
{
	return get_all(head_fields, ARRAY_SIZE(head_fields), text, head, err);
}
