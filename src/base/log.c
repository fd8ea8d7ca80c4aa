/* Lines on standard error, each written whole. */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const struct {
	enum log_level level;
	const char *name;
} levels[] = {
    {LOG_LEVEL_ERROR, "error"},
    {LOG_LEVEL_WARN, "warn"},
    {LOG_LEVEL_INFO, "info"},
    {LOG_LEVEL_DEBUG, "debug"},
};

static const char *program = "dtree"; /* borrowed */
static enum log_level threshold = LOG_LEVEL_INFO;
static bool to_journal;

/* $JOURNAL_STREAM is "DEVICE:INODE" of the journal's end (systemd.exec(5)). It is inherited, so
 * its mere presence does not say that it is our standard error. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	cleanup_free char *own = NULL;
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st))
		return false;
	own = mem_format("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

void log_open(const char *name, enum log_level level)
{
	program = name;
	threshold = level;
	to_journal = is_journal();
}

int log_level_parse(const char *word, enum log_level *level)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (strcmp(levels[i].name, word) == 0) {
			*level = levels[i].level;
			return 0;
		}
	return -1;
}

enum log_level log_level(void)
{
	return threshold;
}

void log_line(enum log_level level, const char *area, const char *fmt, ...)
{
	va_list ap;
	cleanup_free char *text = NULL;
	cleanup_free char *line = NULL;
	ssize_t ignored;

	if (level > threshold)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return;
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (to_journal)
		line = mem_format("<%d>%s: %s\n", (int)level, area, text);
	else
		line = mem_format("%s: %s: %s\n", program, area, text);
	ignored = write(STDERR_FILENO, line, strlen(line));
	(void)ignored;
}
