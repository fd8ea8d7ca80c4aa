/*
 * What a process says that was started to judge a library of services for dtreed, on its standard
 * output: LIBRARY_GOOD, the summary, a line end, the usage; or LIBRARY_BAD and why. A NUL is behind
 * it; each may be empty.
 */
#ifndef WIRE_JUDGEMENT_H
#define WIRE_JUDGEMENT_H

/* The only option of such a process; the path follows. */
#define LIBRARY_OPTION "--judge-library"
#define LIBRARY_GOOD   '+'
#define LIBRARY_BAD    '-'
/* The longest summary and usage, in bytes. */
#define LIBRARY_TEXT_MAX 1024
/* The longest answer, with its NUL: less than a pipe holds. */
#define LIBRARY_ANSWER_MAX 4096

#endif
