/* A row for each key that holds a path. Nothing is kept. */
#include "daemon/relative.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "program/words.h"

/* The directory that the file is in, absolute. New memory, or NULL. */
static char *base_of(const char *file, struct error *err)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	cleanup_free char *here = NULL;

	if (file && *file == '/')
		return slash == file ? mem_string("") : mem_copy(file, (size_t)(slash - file));
	here = getcwd(NULL, 0);
	if (!here) {
		error_set(err, ERR_INTERNAL, "the working directory: %s", strerror(errno));
		return NULL;
	}
	return slash ? mem_format("%s/%.*s", here, (int)(slash - file), file) : mem_string(here);
}

/* New memory. */
static char *relative_join(const char *base, const char *path)
{
	while (strncmp(path, "./", 2) == 0)
		path += 2 + strspn(path + 2, "/");
	return *path && strcmp(path, ".") != 0 ? mem_format("%s/%s", base, path)
	                                       : mem_format("%s/", base);
}

static char *join_path(const char *base, const char *value)
{
	return *value && *value != '/' ? relative_join(base, value) : mem_string(value);
}

/* NAME:PATH. */
static char *join_credential(const char *base, const char *value)
{
	size_t n = strcspn(value, ":");
	cleanup_free char *path = value[n] ? join_path(base, value + n + 1) : mem_string("");

	return value[n] && *path ? mem_format("%.*s:%s", (int)n, value, path) : mem_string(value);
}

/* Of a command its first word, unless it is a name to be looked for. */
static char *join_command(const char *base, const char *value)
{
	char **words = program_words_split("", value, NULL);
	struct buffer text = {0};

	if (!words || !words[0] || *words[0] == '/' || !strchr(words[0], '/')) {
		program_words_free(words);
		return mem_string(value);
	}
	for (size_t i = 0; words[i]; i++) {
		cleanup_free char *word = i ? mem_string(words[i]) : relative_join(base, words[i]);
		cleanup_free char *quoted = program_words_quote(word);
		buffer_format(&text, "%s%s", i ? " " : "", quoted);
	}
	buffer_add(&text, "", 1);
	program_words_free(words);
	return text.data;
}

static const struct {
	const char *key;
	char *(*join)(const char *base, const char *value);
} rows[] = {{"command", join_command},
            {"credential", join_credential},
            {"directory", join_path},
            {"environment-file", join_path},
            {"library", join_path}};

char *relative_value(const char *key, const char *value, const char *file, struct error *err)
{
	cleanup_free char *base = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].key, key) != 0)
			continue;
		base = base_of(file, err);
		return base ? rows[i].join(base, value) : NULL;
	}
	return mem_string(value);
}
