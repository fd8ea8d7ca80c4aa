/* Owns the line that is coming in. */
#include "program/error_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"

void error_log_begin(struct error_log *log, struct log_ring *ring, const char *name, pid_t pid)
{
	log->ring = ring;
	log->pid = pid;
	log->area = mem_format("%s[%d]", name, (int)pid);
}

static bool error_log_may(struct error_log *log)
{
	static const struct bucket_rate rate = {.burst = ERROR_LOG_BURST,
	                                        .second = ERROR_LOG_SECOND};

	if (bucket_take(&log->bucket, &rate, clock_ms(), 1))
		return true;
	log->dropped++;
	return false;
}

static void error_log_dropped(struct error_log *log)
{
	if (log->dropped)
		log_warn(log->area, "it says too much: %lu lines were dropped", log->dropped);
	log->dropped = 0;
}

static void error_log_tell(struct error_log *log, enum log_level level, const char *line, size_t n,
                           bool cut)
{
	cleanup_free char *text = NULL;

	log_ring_add(log->ring, log->pid, line, n, cut);
	if (n && error_log_may(log)) {
		error_log_dropped(log);
		text = parse_printable(line, n, ERROR_LOG_LINE);
		log_line(level, log->area, "%s%s", text, cut ? "..." : "");
	}
}

static void error_log_line(struct error_log *log)
{
	if (log->size && log->line[log->size - 1] == '\r')
		log->size--;
	if (log->size) {
		memcpy(log->last, log->line, log->size);
		log->last_size = log->size;
	}
	error_log_tell(log, LOG_LEVEL_INFO, log->line, log->size, log->cut);
	log->size = 0;
	log->cut = false;
}

void error_log_say(struct error_log *log, enum log_level level, const char *text, size_t n)
{
	const char *end = text + n;
	const char *at;

	do {
		size_t part;
		at = memchr(text, '\n', (size_t)(end - text));
		part = (size_t)((at ? at : end) - text);
		error_log_tell(log, level, text, part < ERROR_LOG_LINE ? part : ERROR_LOG_LINE,
		               part > ERROR_LOG_LINE);
		text = at ? at + 1 : end;
	} while (text < end);
}

char *error_log_last(const struct error_log *log)
{
	return parse_printable(log->last, log->last_size, ERROR_LOG_LINE / 4);
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
			error_log_line(log);
		at = at ? at + 1 : end;
	}
}

void error_log_end(struct error_log *log)
{
	if (log->size)
		error_log_line(log);
	error_log_dropped(log);
}

void error_log_free(struct error_log *log)
{
	free(log->area);
	log->area = NULL;
}
