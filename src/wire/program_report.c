/* Reports of programs, and their events. Nothing here keeps state. */
#include "wire/program_report.h"

#include <string.h>

#include "base/parse.h"
#include "wire/bytes.h"

/* Where the cause begins. */
#define REPORT_CAUSE ((size_t)84)

static const char *const state_names[PROGRAM_STATES] = {
    [PROGRAM_WAITING] = "waiting", [PROGRAM_STARTING] = "starting",
    [PROGRAM_READY] = "ready",     [PROGRAM_BACKING_OFF] = "backing_off",
    [PROGRAM_ENDING] = "ending",
};

const char *program_state_name(enum program_state state)
{
	return state_names[state];
}

void program_report_write(const struct program_report *report, struct buffer *out)
{
	size_t size = strnlen(report->cause, sizeof report->cause - 1);
	char *p = buffer_reserve(out, REPORT_CAUSE + size);

	put32(p, (uint32_t)report->state);
	put32(p + 4, (uint32_t)report->pid);
	put32(p + 8, report->running);
	put32(p + 12, report->starts);
	put32(p + 16, report->restarts);
	put32(p + 20, report->ends);
	put64(p + 24, (uint64_t)report->started);
	put64(p + 32, (uint64_t)report->due);
	put64(p + 40, (uint64_t)report->ended);
	put32(p + 48, (uint32_t)report->ended_pid);
	put64(p + 52, report->events);
	put64(p + 60, (uint64_t)report->used.user_ms);
	put64(p + 68, (uint64_t)report->used.system_ms);
	put64(p + 76, (uint64_t)report->used.most_kb);
	memcpy(p + REPORT_CAUSE, report->cause, size);
	buffer_claim(out, REPORT_CAUSE + size);
}

static bool is_printable(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return parse_utf8(text, n);
}

/* Numbers that only a broken or hostile writer sends. */
static bool in_range(const struct program_report *report)
{
	const int64_t numbers[] = {report->started,      report->due,
	                           report->ended,        report->used.user_ms,
	                           report->used.most_kb, report->used.system_ms,
	                           report->pid,          report->ended_pid};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i] < 0)
			return false;
	return true;
}

int program_report_read(const char *bytes, size_t size, struct program_report *report,
                        struct error *err)
{
	size_t cause = size - REPORT_CAUSE;

	if (size < REPORT_CAUSE || cause >= PROGRAM_CAUSE)
		return error_set(err, ERR_PARSE, "a report of a program of %zu bytes", size);
	if (get32(bytes) >= PROGRAM_STATES)
		return error_set(err, ERR_PARSE, "a report of a program in state %u", get32(bytes));
	*report = (struct program_report){
	    .state = (enum program_state)get32(bytes),
	    .pid = (int)get32(bytes + 4),
	    .running = get32(bytes + 8),
	    .starts = get32(bytes + 12),
	    .restarts = get32(bytes + 16),
	    .ends = get32(bytes + 20),
	    .started = (int64_t)get64(bytes + 24),
	    .due = (int64_t)get64(bytes + 32),
	    .ended = (int64_t)get64(bytes + 40),
	    .ended_pid = (int)get32(bytes + 48),
	    .events = get64(bytes + 52),
	    .used = {.user_ms = (int64_t)get64(bytes + 60),
	             .system_ms = (int64_t)get64(bytes + 68),
	             .most_kb = (int64_t)get64(bytes + 76)},
	};
	if (!in_range(report))
		return error_set(err, ERR_PARSE, "a report of a program with a number below 0");
	if (!is_printable(bytes + REPORT_CAUSE, cause))
		return error_set(err, ERR_PARSE, "a report of a program with an unprintable cause");
	memcpy(report->cause, bytes + REPORT_CAUSE, cause);
	return 0;
}

bool event_type_valid(const char *type, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!n || n > EVENT_TYPE_MAX || !memchr(letters, type[0], sizeof letters - 1))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!memchr(letters, type[i], sizeof letters - 1) &&
		    !memchr("0123456789_-./:", type[i], 15))
			return false;
	return true;
}

void event_payload_write(const char *type, const char *data, size_t size, struct buffer *out)
{
	buffer_add(out, type, strlen(type) + 1);
	buffer_add(out, data, size);
}

int event_payload_read(const char *bytes, size_t size, const char **type, const char **data,
                       size_t *data_size, struct error *err)
{
	size_t n = strnlen(bytes, size);

	if (n == size || !event_type_valid(bytes, n))
		return error_set(err, ERR_PARSE, "an event without a good type");
	if (size - n - 1 > EVENT_DATA_MAX)
		return error_set(err, ERR_PARSE, "an event with %zu bytes of data", size - n - 1);
	*type = bytes;
	*data = bytes + n + 1;
	*data_size = size - n - 1;
	return 0;
}
