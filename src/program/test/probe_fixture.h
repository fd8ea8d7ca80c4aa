/* A program that is asked now and then, and what is told of that. */
#ifndef TEST_PROBE_FIXTURE_H
#define TEST_PROBE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine_fixture.h"
#include "wire/program_report.h"

#define KEYS(...)   ((const char *const[]){__VA_ARGS__, NULL})
#define ARGS(...)   ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(text) "command", "/bin/sh -c '" text "'"
/* A probe each tenth of a second at the most, as a program under load may need more for its own. */
#define PROBED "probe", "probe", "probe-interval", "100", "probe-timeout", "10000"
/* The same, for what does not answer. */
#define HASTY    "probe", "probe", "probe-interval", "100", "probe-timeout", "100"
#define TOO_LATE "it did not answer within 100 ms"

/* Answers each line; the probe as the file says, if it is there: "silent", "ended", or any line. */
#define SAYS(file) \
	SHELL("while read -r a b; do r=\"$a\"; " \
	      "[ \"$a\" = probe ] && [ -e " file " ] && read -r r <" file "; " \
	      "case $r in silent) ;; ended) exit 3;; *) echo \"$r\";; esac; done")

/* The newest report. */
extern struct program_report last;
/* Of probes: the names of all, each once in a row. */
extern char states[1024];
/* How many processes ran at once, by what was told. */
extern size_t running;

/* In a directory of their own. */
void probe_set_up(void);
void probe_tear_down(void);
/* What the program says to its probe from now on, in the file "says". */
void to_say(const char *text);
/* Runs the loop until it is so. */
void await(bool (*is)(void));
bool has_passed(void);
bool has_failed(void);
/* So often in a row. */
extern uint32_t failures;
bool has_failed_often(void);
/* One more has passed. */
void await_another(void);
/* When the last did, for await_another(). */
extern int64_t passed_at;
/* There is another process than that. */
extern pid_t former;
bool is_another(void);

#endif
