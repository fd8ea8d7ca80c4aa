/* All mistakes in the settings, so that a user need not correct one to see the next. */
#ifndef DAEMON_MISTAKES_H
#define DAEMON_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise it. */
struct mistakes {
	char **texts; /* owned; a line each */
	size_t count;
	size_t more;  /* how many there are beyond MISTAKES_MAX */
	bool passing; /* one of them is no fault of the settings: they cannot be read now */
};

#define MISTAKES_MAX ((size_t)100)

/* Returns -1. */
int mistakes_add(struct mistakes *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The file cannot be read, for this errno: a mistake, or a lack of resources that may pass. */
int mistakes_file(struct mistakes *m, const char *path, int number);
/* To the log as errors. */
void mistakes_tell(const struct mistakes *m);
/* To the log as warnings; then it is freed. */
void mistakes_warn(struct mistakes *m);
void mistakes_free(struct mistakes *m);

#endif
