/* The table of error codes, and the one way to make an error. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const struct error_row rows[] = {
    {ERR_PARSE, "PARSE_ERROR", NULL},
    {ERR_REQUEST, "INVALID_REQUEST", NULL},
    {ERR_METHOD, "METHOD_NOT_FOUND", NULL},
    {ERR_PARAMS, "INVALID_PARAMS", NULL},
    {ERR_INTERNAL, "INTERNAL_ERROR", NULL},
    {ERR_ALREADY_EXISTS, "ALREADY_EXISTS", "Already exists"},
    {ERR_NOT_FOUND, "NOT_FOUND", "Not found"},
    {ERR_PARENT_NOT_FOUND, "PARENT_NOT_FOUND", "Parent not found"},
    {ERR_PARENT_UNAVAILABLE, "PARENT_UNAVAILABLE", "Parent is unavailable"},
    {ERR_NODE_UNAVAILABLE, "NODE_UNAVAILABLE", "Node is unavailable"},
    {ERR_SERVICE, "SERVICE_ERROR", NULL},
    {ERR_LIMIT, "LIMIT", NULL},
    {ERR_DENIED, "DENIED", NULL},
    {ERR_CANCELLED, "CANCELLED", "Cancelled"},
    {ERR_ALREADY_RUNNING, "ALREADY_RUNNING", "Already running"},
    {ERR_NAME_TAKEN, "NAME_TAKEN", NULL},
    {ERR_CONFIGURATION, "BAD_CONFIGURATION", NULL},
    {ERR_TIMED_OUT, "TIMED_OUT", NULL},
};

static void error_format(struct error *err, const char *fmt, va_list ap)
{
	static const char cut[] = "...";
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	size_t end = n < 0 ? 0 : sizeof err->text - sizeof cut;

	if (n < 0 || (size_t)n >= sizeof err->text) {
		/* A cut inside a UTF-8 sequence moves back to the byte that begins it. */
		while (end && (err->text[end] & 0xc0) == 0x80)
			end--;
		memcpy(err->text + end, cut, sizeof cut);
	}
	for (char *p = err->text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

static void error_fill(struct error *err, enum error_code code, enum error_outcome outcome,
                       const char *fmt, va_list ap)
{
	if (!err)
		return;
	err->code = code;
	err->outcome = outcome;
	err->retry_ms = 0;
	error_format(err, fmt, ap);
}

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_fill(err, code, OUTCOME_NONE, fmt, ap);
	va_end(ap);
	return -1;
}

int error_unavailable(struct error *err, enum error_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_fill(err, ERR_NODE_UNAVAILABLE, outcome, fmt, ap);
	va_end(ap);
	return -1;
}

const struct error_row *error_row(long long code)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

const char *error_outcome_name(enum error_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_NONE:
		return NULL;
	case OUTCOME_NOT_RUN:
		return "not_run";
	case OUTCOME_UNKNOWN:
		return "unknown";
	}
	return NULL;
}
