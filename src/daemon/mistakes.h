/* What is wrong with the settings: all of it, so that nobody has to mend one thing to hear of the
 * next. */
#ifndef DAEMON_MISTAKES_H
#define DAEMON_MISTAKES_H

#include <stddef.h>

/* Zero-initialise it. */
struct mistakes {
	char **texts; /* owned; a line each */
	size_t count;
	size_t more; /* how many there are beyond MISTAKES_MAX */
};

#define MISTAKES_MAX ((size_t)100)

/* Returns -1. */
int mistakes_add(struct mistakes *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void mistakes_free(struct mistakes *m);

#endif
