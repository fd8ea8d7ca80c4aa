/*
 * The log: lines for a person, on standard error. Under systemd each line carries its priority as
 * "<N>" (sd-daemon(3)), which the journal understands; elsewhere it carries the program's name.
 * What a program should react to is an event (controller/event.h), not a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* The numbers are syslog(3)'s priorities. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Call once before the first line; program is borrowed for ever. */
void log_open(const char *program, enum log_level level);
/* "error", "warn", "info", "debug" to a level: 0, or -1 for any other word. */
int log_level_parse(const char *word, enum log_level *level);
/* The level that log_open was given. */
enum log_level log_level(void);

/* One line: "PROGRAM: AREA: TEXT". Any thread. Control bytes in the text are printed as '?'. */
void log_line(enum log_level level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
