/* Owns the line that is coming in. */
#include "program/error_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"

void error_log_begin(struct error_log *log, const char *name, pid_t pid)
{
	log->area = mem_format("%s[%d]", name, (int)pid);
}

static void line_ends(struct error_log *log)
{
	cleanup_free char *text = NULL;

	if (log->size && log->line[log->size - 1] == '\r')
		log->size--;
	if (log->size) {
		text = parse_printable(log->line, log->size, ERROR_LOG_LINE);
		snprintf(log->last, sizeof log->last, "%s", text);
		log_info(log->area, "%s%s", log->last, log->cut ? "..." : "");
	}
	log->size = 0;
	log->cut = false;
}

void error_log_take(struct error_log *log, const char *bytes, size_t n)
{
	const char *end = bytes + n;
	const char *at;
	size_t part;
	size_t room;

	for (; bytes < end; bytes = at) {
		at = memchr(bytes, '\n', (size_t)(end - bytes));
		part = (size_t)((at ? at : end) - bytes);
		room = ERROR_LOG_LINE - log->size;
		if (part > room) {
			log->cut = true;
			part = room;
		}
		memcpy(log->line + log->size, bytes, part);
		log->size += part;
		if (at)
			line_ends(log);
		at = at ? at + 1 : end;
	}
}

void error_log_end(struct error_log *log)
{
	line_ends(log);
}

void error_log_free(struct error_log *log)
{
	free(log->area);
	log->area = NULL;
}
