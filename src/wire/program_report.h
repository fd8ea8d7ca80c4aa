/*
 * What a node says of its program. The payload of MSG_PROGRAM:
 *
 *   0 state (32)   4 pid (32)   8 running (32)   12 starts (32)   16 restarts (32)   20 ends (32)
 *  24 started (64)   32 due (64)   40 ended (64)   48 ended pid (32)   52 events (64)
 *  60 user ms (64)   68 system ms (64)   76 most memory, KiB (64)
 *  84 of the probe: state (32)   88 pid (32)   92 failures (32)   96 outages (32)   100 passed (64)
 * 108 changed (64)   116 bytes of its message (32)   120 the message, then the cause
 *
 * Numbers are little-endian. Each report has all that is known, so the newest takes the place of
 * all former ones; none is built on another.
 *
 * The payload of MSG_EVENT is the event's type, a NUL, and its data, as JSON.
 *
 * Pure: no I/O, no clock.
 */
#ifndef WIRE_PROGRAM_REPORT_H
#define WIRE_PROGRAM_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

/* Bytes of a cause, with the NUL. */
#define PROGRAM_CAUSE 512
/* Of what a probe failed with, the same. */
#define PROBE_MESSAGE 256

enum program_state {
	PROGRAM_WAITING,     /* it is started by the next request */
	PROGRAM_STARTING,    /* it has not said yet that it is ready */
	PROGRAM_READY,       /* a process for each request: always */
	PROGRAM_BACKING_OFF, /* it has ended, and will be started again */
	PROGRAM_ENDING,
	PROGRAM_STATES,
};

/* What a process has used. */
struct program_usage {
	int64_t user_ms;
	int64_t system_ms;
	int64_t most_kb; /* resident memory */
};

enum probe_state {
	PROBE_NONE,    /* none is declared */
	PROBE_AWAITED, /* nothing has come of one yet */
	PROBE_PASSED,
	PROBE_FAILED,
	PROBE_STATES,
};

struct probe_report {
	enum probe_state state;
	int pid;                     /* of the program that failed it last; 0: none that stays */
	uint32_t failures;           /* in a row */
	uint32_t outages;            /* such rows, in all */
	int64_t passed;              /* the last time */
	int64_t changed;             /* since when the state is so */
	char message[PROBE_MESSAGE]; /* of the last failure; printable */
};

/* Times are clock_ms(), 0 for none. Counts are of one life of the worker. */
struct program_report {
	enum program_state state;
	int pid;           /* 0: there is no process, or more than one */
	uint32_t running;  /* a process for each request: so many */
	uint32_t starts;   /* of a program that stays */
	uint32_t restarts; /* of them, those after an end */
	uint32_t ends;     /* that nobody asked for; failed starts too */
	int64_t started;   /* the last time */
	int64_t due;       /* BACKING_OFF: when it is started again */

	/* The last such end. */
	int64_t ended;
	int ended_pid; /* 0: it could not be started */
	struct program_usage used;
	char cause[PROGRAM_CAUSE]; /* "exit status 3"; printable */

	uint64_t events; /* that it has said so far */

	struct probe_report probe;
};

/* "waiting", "starting", "ready", "backing_off", "ending". */
const char *program_state_name(enum program_state state);

/* "none", "awaited", "passed", "failed". */
const char *probe_state_name(enum probe_state state);

void program_report_write(const struct program_report *report, struct buffer *out);
/* 0, or -1 with ERR_PARSE for what is no report. */
int program_report_read(const char *bytes, size_t size, struct program_report *report,
                        struct error *err);

/* Bytes of an event's type, 1 at least, and of its data. */
#define EVENT_TYPE_MAX ((size_t)64)
#define EVENT_DATA_MAX ((size_t)64 * 1024)

/* Is it a letter, then letters, digits and any of "_-./:", none too many? */
bool event_type_valid(const char *type, size_t n);
/* Appends the payload. */
void event_payload_write(const char *type, const char *data, size_t size, struct buffer *out);
/* Of a payload: the type, and the data behind its NUL, both borrowed. 0, or -1 with ERR_PARSE. Not
 * looked at: whether the data are JSON. */
int event_payload_read(const char *bytes, size_t size, const char **type, const char **data,
                       size_t *data_size, struct error *err);

#endif
