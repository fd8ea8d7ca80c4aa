/*
 * A configuration file. inih splits the lines of [dtreed]; the reader below hands them over one by
 * one, so that every error knows its line, and what inih would cut or pass over in silence is
 * refused. Lines of services and nodes inih never sees: it ends a value at " ;", in quotes too, and
 * a line after 199 bytes.
 */
#include "daemon/configfile.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#define SECTION "[dtreed]"
#define BLANKS  " \t\r\n\v\f"
/* How much of a culprit an error message repeats. */
#define SHOWN 80

struct reading {
	FILE *file; /* borrowed */
	struct config *config;
	struct mistakes *found; /* borrowed */
	char *line;             /* of getline(3) */
	size_t room;
	bool expected;   /* the line holds a setting that inih has not handed back yet */
	bool in_section; /* [dtreed] was seen, or another */
	const struct section *section; /* what follows is about one; NULL: about dtreed */
	struct declaration *service;   /* which; NULL: it has no name that can be */
	struct node_section *nodes;    /* the same of a node or a group */
	struct declare_place place;    /* this line */
	const char *text;              /* the line without blanks in front */
	int lines[SETTING_COUNT];      /* where each row was set; 0: nowhere */
};

static void configfile_fail(struct reading *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void configfile_fail(struct reading *r, const char *fmt, ...)
{
	va_list ap;
	cleanup_free char *text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = mem_string("out of memory");
	va_end(ap);
	mistakes_add(r->found, "%s:%d: %s", r->place.path, r->place.line, text);
}

static void fail_line(struct reading *r, const char *why)
{
	cleanup_free char *shown = parse_printable(r->text, strcspn(r->text, "\r\n"), SHOWN);

	configfile_fail(r, "'%s' %s", shown, why);
}

/* Behind the bracket of a section. */
static void check_rest(struct reading *r, const char *rest)
{
	rest += strspn(rest, BLANKS);
	if (*rest && *rest != ';' && *rest != '#')
		fail_line(r, "has text behind the section's name");
}

/* The length without blanks at the end. */
static size_t trimmed(const char *s, size_t n)
{
	while (n && strchr(BLANKS, s[n - 1]))
		n--;
	return n;
}

static int open_service(struct reading *r, const char *name, struct error *err)
{
	r->service = declare_service(&r->config->services, name, &r->place, err);
	return r->service ? 0 : -1;
}

static int service_key(struct reading *r, const char *key, char *value, struct error *err)
{
	return declare_key(r->service, key, value, &r->place, err);
}

static int open_node(struct reading *r, const char *name, struct error *err)
{
	r->nodes = nodes_section(&r->config->nodes, false, name, &r->place, err);
	return r->nodes ? 0 : -1;
}

/* No value of a node has a blank or a semicolon, so what begins with both is a comment. */
static void cut_comment(char *value)
{
	for (char *s = value; *s; s++)
		if ((*s == ';' || *s == '#') && (s == value || strchr(BLANKS, s[-1]))) {
			value[trimmed(value, (size_t)(s - value))] = '\0';
			return;
		}
}

static int node_key(struct reading *r, const char *key, char *value, struct error *err)
{
	cut_comment(value);
	return nodes_key(r->nodes, false, key, value, &r->place, err);
}

static int open_group(struct reading *r, const char *name, struct error *err)
{
	r->nodes = nodes_section(&r->config->nodes, true, name, &r->place, err);
	return r->nodes ? 0 : -1;
}

static int group_key(struct reading *r, const char *key, char *value, struct error *err)
{
	cut_comment(value);
	return nodes_key(r->nodes, true, key, value, &r->place, err);
}

/* [WORD NAME]; one that cannot be opened is NULL in the reading, and its keys are only judged. */
static const struct section {
	const char *word;
	int (*open)(struct reading *r, const char *name, struct error *err);
	int (*key)(struct reading *r, const char *key, char *value, struct error *err);
} sections[] = {
    {"service", open_service, service_key},
    {"node", open_node, node_key},
    {"group", open_group, group_key},
};

/* NULL: it is none of these. */
static const struct section *section_find(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		size_t n = strlen(sections[i].word);
		if (strncmp(text + 1, sections[i].word, n) == 0 && strchr(BLANKS "]", text[1 + n]))
			return &sections[i];
	}
	return NULL;
}

static void section_open(struct reading *r)
{
	const char *name = r->text + 1 + strlen(r->section->word);
	size_t end = strcspn(name, "]");
	cleanup_free char *text = NULL;
	struct error err;

	r->service = NULL;
	r->nodes = NULL;
	if (!name[end]) {
		fail_line(r, "is a section without a ]");
		return;
	}
	check_rest(r, name + end + 1);
	name += strspn(name, BLANKS);
	end = strcspn(name, "]");
	text = mem_copy(name, trimmed(name, end));
	if (r->section->open(r, text, &err))
		configfile_fail(r, "%s", err.text);
}

static void read_section(struct reading *r)
{
	r->section = section_find(r->text);
	if (r->section)
		section_open(r);
	else if (strncmp(r->text, SECTION, strlen(SECTION)) == 0)
		check_rest(r, r->text + strlen(SECTION));
	else
		fail_line(r, "is an unknown section; there are " SECTION
		             ", [service NAME], [node ID] and [group NAME]");
	r->in_section = true;
}

/* name = value, as it stands: what follows a ; belongs to the value. */
static void configfile_key(struct reading *r)
{
	size_t n = trimmed(r->text, strlen(r->text));
	const char *equals = memchr(r->text, '=', n);
	cleanup_free char *key = NULL;
	cleanup_free char *value = NULL;
	const char *from;
	struct error err;

	if (!equals) {
		fail_line(r, "is not name = value");
		return;
	}
	from = equals + 1;
	from += strspn(from, BLANKS);
	key = mem_copy(r->text, trimmed(r->text, (size_t)(equals - r->text)));
	value = from < r->text + n ? mem_copy(from, (size_t)(r->text + n - from)) : mem_string("");
	if (r->section->key(r, key, value, &err))
		configfile_fail(r, "%s", err.text);
}

/* Classifies the line, and gives the text that inih gets. */
static const char *read_line(struct reading *r, size_t length, size_t room)
{
	if (memchr(r->line, '\0', length)) {
		configfile_fail(r, "the line holds a NUL byte");
		return "";
	}
	/* inih would append an indented line to the value before it, which is not wanted here. */
	r->text = r->line + strspn(r->line, BLANKS);
	if (!*r->text || *r->text == ';' || *r->text == '#')
		return "";
	if (*r->text == '[') {
		read_section(r);
		return r->section ? "" : SECTION;
	}
	if (r->section) {
		configfile_key(r);
		return "";
	}
	if (strlen(r->text) >= room) {
		configfile_fail(r, "the line is longer than %zu bytes", room - 1);
		return "";
	}
	r->expected = true;
	return r->text;
}

/* inih's reader: one line into `out`, of `room` bytes, or NULL at the end. */
static char *on_read(char *out, int room, void *stream)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct reading *r = stream;
	ssize_t length;
	const char *seen;

	if (r->expected)
		fail_line(r, "is not name = value");
	r->expected = false;
	length = getline(&r->line, &r->room, r->file);
	if (length < 0)
		return NULL;
	r->place.line++;
	if (r->place.line == 1 && strncmp(r->line, bom, strlen(bom)) == 0)
		memset(r->line, ' ', strlen(bom));
	seen = read_line(r, (size_t)length, (size_t)room);
	memcpy(out, seen, strlen(seen) + 1);
	return out;
}

/* 1 tells inih to go on, which it must do after any line. */
static int on_setting(void *user, const char *section, const char *name, const char *text)
{
	struct reading *r = user;
	const struct setting *s = setting_find(name, true);
	cleanup_free char *shown = parse_printable(name, strlen(name), SHOWN);
	cleanup_free char *origin = mem_format("%s:%d", r->place.path, r->place.line);
	cleanup_free char *what = mem_format("%s: %s", origin, name);
	const char *former = s ? setting_origin(s, r->config) : NULL;
	struct error err;
	size_t row = 0;

	(void)section;
	r->expected = false;
	if (!s) {
		cleanup_free char *unknown = setting_unknown(name);
		configfile_fail(r, "%s", unknown);
		return 1;
	}
	if (!r->in_section) {
		/* Reported once: later lines have the same cause. */
		configfile_fail(r, "'%s' stands before " SECTION, shown);
		r->in_section = true;
	}
	while (setting_at(row) != s)
		row++;
	if (r->lines[row])
		configfile_fail(r, "%s was set in line %d already", name, r->lines[row]);
	else if (former && strcmp(former, SETTING_BY_OPTION) == 0
	             ? setting_check(s, name, text, &err)
	             : setting_store(s, name, text, origin, r->config, &err))
		configfile_fail(r, "%s", err.text);
	else
		setting_want(s, what, text, r->config);
	r->lines[row] = r->place.line;
	return 1;
}

/* ini_parse_stream() returns it; inih has no name for it. */
#define OUT_OF_MEMORY (-2)

/* Waits for nobody who is to write to it. NULL: errno, or 0 if it is no regular file. */
static FILE *open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *file = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0) {
		errno = 0;
		file = S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
	}
	if (!file) {
		int number = errno;
		close(fd);
		errno = number;
	}
	return file;
}

void configfile_read(const char *path, bool named, bool again, struct config *config,
                     struct mistakes *found)
{
	struct reading r = {.config = config,
	                    .found = found,
	                    .place = {.path = path, .file = ++config->services.files}};
	size_t before = found->count;
	int rc;

	r.file = again ? open_regular(path) : fopen(path, "re");
	if (!r.file && !named && (errno == ENOENT || errno == ENOTDIR))
		return;
	if (!r.file && !errno) {
		mistakes_add(found, "%s: is no regular file, and cannot be read again", path);
		return;
	}
	if (!r.file) {
		mistakes_file(found, path, errno);
		return;
	}
	errno = 0;
	rc = ini_parse_stream(on_read, &r, on_setting, &r);
	if (ferror(r.file))
		mistakes_file(found, path, errno);
	else if (rc == OUT_OF_MEMORY)
		mistakes_file(found, path, ENOMEM);
	else if (rc && found->count == before)
		configfile_fail(&r, "cannot be understood");
	free(r.line);
	fclose(r.file);
}
