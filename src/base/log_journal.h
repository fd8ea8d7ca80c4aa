/*
 * Lines with fields, for the journal (systemd-journald.service(8)): what a person selects lines by,
 * as `journalctl DTREE_NODE=10`. Other lines go where log.h says.
 */
#ifndef BASE_LOG_JOURNAL_H
#define BASE_LOG_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

#define LOG_JOURNAL_PATH "/run/systemd/journal/socket"

struct log_field {
	const char *name; /* capital letters, digits and _ */
	const char *value;
};

/* From now on there is a journal, which listens at that path. It is no error if it does not. */
void log_journal_open(const char *program, const char *path);
void log_journal_close(void);

/* Sends one line, with fields, and never blocks. False: it was not sent; log it otherwise;
 * also where there is no journal, and where a value has a line end. Below the level of the log it
 * is dropped, and true. */
bool log_journal_line(enum log_level level, const char *text, const struct log_field *fields,
                      size_t count);

#endif
