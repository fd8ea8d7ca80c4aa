/*
 * The log: lines for a person. Under systemd each line carries its priority as "<N>"
 * (sd-daemon(3)), which the journal understands; elsewhere it carries the program's name. Programs
 * react to events (controller/node/event.h), not to lines.
 *
 * Lines go to standard error, each by a write of its own, until log_divert() names another sink:
 * dtreed's is base/log_queue.h, a worker's is base/log_socket.h. Neither ever waits.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers are syslog(3)'s priorities. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Call once before the first line; program is borrowed for ever. */
void log_open(const char *program, enum log_level level);
/* From now on; any thread. */
void log_set_level(enum log_level level);

/* Takes one whole line with its newline. Any thread. */
typedef void log_sink_fn(const char *line, size_t n);
/* From now on lines go to this sink; NULL: to standard error. priority: each carries "<N>", or
 * "<N:MARK>" where it has a mark. */
void log_divert(log_sink_fn *sink, bool priority);

/* "error", "warn", "info", "debug" to a level: 0, or -1 for any other word. */
int log_level_parse(const char *word, enum log_level *level);
/* Is this the number of a level? */
bool log_level_known(int64_t number);
/* Is standard error the journal's end? */
bool log_to_journal(void);
/* The level that log_open was given. */
enum log_level log_level(void);

/* One line: "PROGRAM: AREA: TEXT". Any thread. Control bytes are printed as '?'. */
void log_line(enum log_level level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, with a mark for a sink that takes them (log_divert()); NULL: none. */
void log_marked(enum log_level level, const char *mark, const char *area, const char *text);
/* Control bytes in the text become '?'. */
void log_clean(char *text);
/* The line as a sink gets it, at any level. New memory. */
char *log_format(enum log_level level, const char *area, const char *text);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
