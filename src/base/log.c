/* Each line is formatted whole and handed to the sink. */
#include "base/log.h"

#include <stdarg.h>
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

static void write_direct(const char *line, size_t n)
{
	ssize_t ignored = write(STDERR_FILENO, line, n);

	(void)ignored;
}

static const char *program = "dtree"; /* borrowed */
static _Atomic enum log_level threshold = LOG_LEVEL_INFO;
static bool with_priority;
static bool with_marks;
static log_sink_fn *sink = write_direct;

/* $JOURNAL_STREAM is "DEVICE:INODE" of the journal's end (systemd.exec(5)). The variable is
 * inherited, so its presence does not prove that our standard error is that end. */
bool log_to_journal(void)
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
	with_priority = log_to_journal();
}

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_divert(log_sink_fn *to, bool priority)
{
	sink = to ? to : write_direct;
	with_priority = with_priority || priority;
	with_marks = priority;
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

bool log_level_known(int64_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if ((int64_t)levels[i].level == number)
			return true;
	return false;
}

enum log_level log_level(void)
{
	return threshold;
}

void log_clean(char *text)
{
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

static char *log_format_marked(enum log_level level, const char *mark, const char *area,
                               const char *text)
{
	cleanup_free char *line = mem_format("%s: %s", area, text);

	log_clean(line);
	if (!with_priority)
		return mem_format("%s: %s\n", program, line);
	return mark && with_marks ? mem_format("<%d:%s>%s\n", (int)level, mark, line)
	                          : mem_format("<%d>%s\n", (int)level, line);
}

char *log_format(enum log_level level, const char *area, const char *text)
{
	return log_format_marked(level, NULL, area, text);
}

void log_marked(enum log_level level, const char *mark, const char *area, const char *text)
{
	cleanup_free char *line = NULL;

	if (level > threshold)
		return;
	line = log_format_marked(level, mark, area, text);
	sink(line, strlen(line));
}

void log_line(enum log_level level, const char *area, const char *fmt, ...)
{
	va_list ap;
	cleanup_free char *text = NULL;

	if (level > threshold)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		log_marked(level, NULL, area, text);
}
