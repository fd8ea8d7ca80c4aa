/* Reports of programs, and their events. Nothing here keeps state. */
#include "wire/program_report.h"

#include <string.h>

#include "base/parse.h"
#include "wire/bytes.h"

/* Where the texts begin. */
#define REPORT_TEXTS ((size_t)120)

static const char *const state_names[PROGRAM_STATES] = {
    [PROGRAM_WAITING] = "waiting", [PROGRAM_STARTING] = "starting",
    [PROGRAM_READY] = "ready",     [PROGRAM_BACKING_OFF] = "backing_off",
    [PROGRAM_ENDING] = "ending",
};

static const char *const probe_names[PROBE_STATES] = {[PROBE_NONE] = "none",
                                                      [PROBE_AWAITED] = "awaited",
                                                      [PROBE_PASSED] = "passed",
                                                      [PROBE_FAILED] = "failed"};

const char *probe_state_name(enum probe_state state)
{
	return probe_names[state];
}

const char *program_state_name(enum program_state state)
{
	return state_names[state];
}

void program_report_write(const struct program_report *report, struct buffer *out)
{
	const struct probe_report *probe = &report->probe;
	size_t size = strnlen(report->cause, sizeof report->cause - 1);
	size_t message = strnlen(probe->message, sizeof probe->message - 1);
	char *p = buffer_reserve(out, REPORT_TEXTS + message + size);

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
	put32(p + 84, (uint32_t)probe->state);
	put32(p + 88, (uint32_t)probe->pid);
	put32(p + 92, probe->failures);
	put32(p + 96, probe->outages);
	put64(p + 100, (uint64_t)probe->passed);
	put64(p + 108, (uint64_t)probe->changed);
	put32(p + 116, (uint32_t)message);
	memcpy(p + REPORT_TEXTS, probe->message, message);
	memcpy(p + REPORT_TEXTS + message, report->cause, size);
	buffer_claim(out, REPORT_TEXTS + message + size);
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
	const int64_t numbers[] = {
	    report->started,      report->due,          report->ended,
	    report->used.user_ms, report->used.most_kb, report->used.system_ms,
	    report->pid,          report->ended_pid,    report->probe.pid,
	    report->probe.passed, report->probe.changed};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i] < 0)
			return false;
	return true;
}

/* -1: they do not go together. */
static int report_sizes(const char *bytes, size_t size, size_t *message, size_t *cause)
{
	if (size < REPORT_TEXTS)
		return -1;
	*message = get32(bytes + 116);
	if (*message >= PROBE_MESSAGE || *message > size - REPORT_TEXTS)
		return -1;
	*cause = size - REPORT_TEXTS - *message;
	return *cause < PROGRAM_CAUSE ? 0 : -1;
}

int program_report_read(const char *bytes, size_t size, struct program_report *report,
                        struct error *err)
{
	const char *texts = bytes + REPORT_TEXTS;
	size_t message;
	size_t cause;

	if (report_sizes(bytes, size, &message, &cause))
		return error_set(err, ERR_PARSE, "a report of a program of %zu bytes", size);
	if (get32(bytes) >= PROGRAM_STATES || get32(bytes + 84) >= PROBE_STATES)
		return error_set(err, ERR_PARSE, "a report of a program in state %u, %u",
		                 get32(bytes), get32(bytes + 84));
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
	    .probe = {.state = (enum probe_state)get32(bytes + 84),
	              .pid = (int)get32(bytes + 88),
	              .failures = get32(bytes + 92),
	              .outages = get32(bytes + 96),
	              .passed = (int64_t)get64(bytes + 100),
	              .changed = (int64_t)get64(bytes + 108)},
	};
	if (!in_range(report))
		return error_set(err, ERR_PARSE, "a report of a program with a number below 0");
	if (!is_printable(texts, message) || !is_printable(texts + message, cause))
		return error_set(err, ERR_PARSE, "a report of a program with an unprintable cause");
	memcpy(report->probe.message, texts, message);
	memcpy(report->cause, texts + message, cause);
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
