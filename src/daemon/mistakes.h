/* What is wrong with the settings: all of it, so that nobody has to mend one thing to hear of the
 * next. */
#ifndef DAEMON_MISTAKES_H
#define DAEMON_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise it. */
struct mistakes {
	char **texts; /* owned; a line each */
	size_t count;
	size_t more;  /* how many there are beyond MISTAKES_MAX */
	bool passing; /* one of them is none of the settings: they cannot be read now */
};

#define MISTAKES_MAX ((size_t)100)

/* Returns -1. */
int mistakes_add(struct mistakes *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* That file cannot be read, for this errno: a mistake, or for want of something that may be there
 * another time. */
int mistakes_file(struct mistakes *m, const char *path, int number);
void mistakes_free(struct mistakes *m);

#endif
